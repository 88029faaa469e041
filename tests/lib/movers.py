"""What the kernel does to pages of its own: merges them (KSM), swaps them out."""
import contextlib
import subprocess
from kernel import arena_words, FRAME, kernel_setting, PRESENT, SWAPPED
from tap import Failed, need, need_root, need_writable, Skip, until

KSM = "/sys/kernel/mm/ksm"


def merge_all(pool, frames, pids):
    """Let KSM run until the arenas of the pids have no more than so many frames."""
    def done():
        held = set()
        for p in pool.truth.values():
            if p["pid"] in pids:
                held |= {x & FRAME for x in arena_words(p) if x & PRESENT}
        return len(held) <= frames
    try:
        until("KSM merges", done, 20)
    except Failed:
        raise Skip("KSM did not merge the pages within 20 s") from None


@contextlib.contextmanager
def ksm():
    need_root()
    need(KSM)
    need_writable(f"{KSM}/run")
    with kernel_setting(f"{KSM}/pages_to_scan", 20000), \
            kernel_setting(f"{KSM}/sleep_millisecs", 10), kernel_setting(f"{KSM}/run", 1):
        yield


@contextlib.contextmanager
def zram_swap():
    """256 MiB of compressed memory as swap, gone afterwards."""
    need_root()
    need("swapon", "mkswap", "/sys/block/zram0/disksize")
    need_writable("/sys/block/zram0/disksize")
    with open("/sys/block/zram0/disksize", encoding="ascii") as f:
        if f.read().strip() != "0":
            raise Skip("zram0 is in use")
    if len(open("/proc/swaps", encoding="ascii").readlines()) > 1:
        raise Skip("this machine swaps already")
    with open("/sys/block/zram0/disksize", "w", encoding="ascii") as f:
        f.write("256M")
    try:
        subprocess.run(["mkswap", "/dev/zram0"], check=True, capture_output=True)
        if subprocess.run(["swapon", "/dev/zram0"], capture_output=True).returncode:
            raise Skip("swapon is not possible here")
        try:
            yield
        finally:
            subprocess.run(["swapoff", "/dev/zram0"], check=True)
    finally:
        with open("/sys/block/zram0/reset", "w", encoding="ascii") as f:
            f.write("1")


def push_out(command):
    """Repeat a pageout until the kernel has let go of every page."""
    def between(pool):
        def out():
            pool.do(command)
            swapped = {p["slot"]: sum(1 for x in arena_words(p) if x & SWAPPED)
                       for p in pool.truth.values()}
            return all(p["pages"]["swapped"] == swapped[s] for s, p in pool.truth.items())
        until("pages are swapped out", out)
    return between
