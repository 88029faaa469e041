"""What an application has loaded before the fork, and a request of it: a few records are read, one container is kept,
and every hundredth has a full collection."""
import gc
import random


class Record(object):
    def __init__(self, i):
        self.title = "record number %d of what was loaded before the fork" % i
        self.tags = [["tag-%d" % (7 * i + k), k / 7] for k in range(3)]
        self.attributes = {"colour": "c%d" % (i % 97), "body": "x%d" % i * 20}


CATALOGUE, SESSION = [Record(i) for i in range(22000)], []
CHOICE = random.Random(11)


def request():
    for k in range(3):
        record = CATALOGUE[int(len(CATALOGUE) * CHOICE.random() ** 2)]
        len([record.title, record.tags[1][0], record.attributes["body"]])
    SESSION.append([len(SESSION)])
    if len(SESSION) % 100 == 50:
        gc.collect()
    return "served\n"
