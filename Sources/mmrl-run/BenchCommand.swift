import ArgumentParser
import Basics
import Inference
import ModelFile

/// `mmrl-run bench`: what this machine does with a model, stage by stage.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure a model on this machine: time, share of the processor's peak, memory.",
    helpNames: .help)

  @OptionGroup var model: ModelOptions
  @OptionGroup var engine: EngineOptions

  @Option(help: "Images in a forward pass.")
  var batch = 1

  @Option(help: "How long to measure, besides as long for the table of stages.")
  var seconds = 3.0

  @Flag(help: "Print one JSON object instead of tables.")
  var json = false

  func validate() throws {
    guard (1...256).contains(batch) else { throw ValidationError("--batch takes 1 to 256.") }
    guard seconds > 0, seconds <= 3600 else {
      throw ValidationError("--seconds takes more than 0, up to 3600.")
    }
  }

  func run() throws { try Failure.reported { try measure() } }

  private func measure() throws {
    let clock = ContinuousClock()
    let start = clock.now
    let engine = try self.engine.load(model)
    let load = clock.now - start
    let peak = engine.measurePeak()
    let pixels = Self.pixels(count: batch * engine.imageBytes)

    let times = measure(engine.makeSession(maximumBatch: batch), pixels)
    let session = engine.makeSession(maximumBatch: batch, profiling: true)
    let passes = measure(session, pixels).count

    let report = BenchReport(
      engine: engine, batch: batch, load: load, peak: peak, times: times.sorted(),
      profile: session.profile, profiledPasses: passes)
    print(json ? report.json : report.text(width: Terminal.columnsOfResults))
  }

  /// The time of each pass, after some to warm up.
  private func measure(_ session: Session, _ pixels: [UInt8]) -> [Duration] {
    let clock = ContinuousClock()
    for _ in 0..<3 { session.encode(pixels.span) }
    session.profile?.reset()
    var times: [Duration] = []
    let end = clock.now + .seconds(seconds)
    while times.count < 5 || clock.now < end {
      times.append(clock.measure { session.encode(pixels.span) })
    }
    return times
  }

  /// Bytes without a pattern; the time does not depend on what the image shows.
  private static func pixels(count: Int) -> [UInt8] {
    var state: UInt32 = 1
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(state >> 24)
    }
  }
}
