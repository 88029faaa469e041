# What `cowtop try` has Ruby load at its start: before the first fork of a process it does what the file `variant`
# beside it says, and leaves a file there that says so. It takes itself out of RUBYOPT, says nothing, raises nothing.
begin
  folder = File.dirname(File.expand_path(__FILE__))
  words = File.read(File.join(folder, "variant")).scan(/^[a-z]+/)
  options = ENV.fetch("RUBYOPT", "").sub("-r#{File.expand_path(__FILE__)}", "").strip
  ENV["RUBYOPT"] = options.empty? ? nil : options
  GC.disable if words.include?("disable")

  told = lambda do |word|
    File.write(File.join(folder, "done.#{Process.pid}.#{word}"), "") rescue nil
  end
  done = lambda do
    begin
      GC.start if words.include?("start") || words.include?("compact")
      told.call("start") if words.include?("start")
      if words.include?("compact") && GC.respond_to?(:compact)
        GC.compact
        told.call("compact")
      end
      if words.include?("warmup") && Process.respond_to?(:warmup)
        Process.warmup
        told.call("warmup")
      end
      # Says whether it was off; it was switched on meanwhile where it was not.
      if words.include?("disable")
        off = GC.disable
        off ? told.call("disable") : GC.enable
      end
    rescue StandardError, NotImplementedError
      nil
    end
  end

  if Process.respond_to?(:_fork)
    seen = nil
    Process.singleton_class.prepend(Module.new do
      define_method(:_fork) do
        unless seen == Process.pid
          seen = Process.pid
          done.call
        end
        super()
      end
    end)
  end
rescue StandardError
  nil
end
