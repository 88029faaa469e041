# What is loaded before the fork, for Puma: some of it becomes garbage between what is kept.
RECORDS = (0...60_000).map { |i| { id: i, title: "record number %d" % i, tags: ["t#{i}", "u#{i}"] } }
KEPT = []
COUNT = [0]

run(lambda do |_env|
  sleep 0.003
  COUNT[0] += 1
  3.times { RECORDS[rand(RECORDS.size)][:title].length }
  KEPT << [COUNT[0]]
  GC.start if COUNT[0] % 50 == 25
  [200, { "content-type" => "text/plain" }, ["served\n"]]
end)
