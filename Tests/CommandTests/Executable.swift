import Foundation

/// One of the programs, as built beside the tests.
struct Executable {
  let path: String

  static let mmrlRun = Executable(path: builtPrograms + "/mmrl-run")
  static let mmrlConvert = Executable(path: builtPrograms + "/mmrl-convert")

  /// The tests are a program in the folder of the others.
  private static let builtPrograms: String = {
    let test = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    return test.deletingLastPathComponent().path
  }()

  /// How a run ended.
  struct Result {
    var output: String
    var messages: String
    /// The exit status, or the signal.
    var status: Int32
    var reason: Process.TerminationReason

    /// The lines of the output.
    var lines: [String] { output.split(whereSeparator: \.isNewline).map(String.init) }
  }

  /// Runs it to its end.
  func run(
    _ arguments: [String], input: String = "", environment: [String: String] = [:]
  ) throws -> Result {
    let process = try process(arguments, environment: environment)
    // Files, not pipes: neither side can wait for the other.
    let streams = ["in", "out", "err"].map { name in
      FileManager.default.temporaryDirectory
        .appendingPathComponent("mmrl-test-\(UUID().uuidString).\(name)")
    }
    defer { for stream in streams { try? FileManager.default.removeItem(at: stream) } }
    try Data(input.utf8).write(to: streams[0])
    for stream in streams.dropFirst() { try Data().write(to: stream) }
    process.standardInput = try FileHandle(forReadingFrom: streams[0])
    process.standardOutput = try FileHandle(forWritingTo: streams[1])
    process.standardError = try FileHandle(forWritingTo: streams[2])
    try process.run()
    process.waitUntilExit()
    return Result(
      output: try String(contentsOf: streams[1], encoding: .utf8),
      messages: try String(contentsOf: streams[2], encoding: .utf8),
      status: process.terminationStatus, reason: process.terminationReason)
  }

  /// A process not yet started, which sees no model but those it is told of.
  func process(_ arguments: [String], environment: [String: String] = [:]) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    var variables = ProcessInfo.processInfo.environment
    variables["MMRL_MODEL"] = nil
    process.environment = variables.merging(environment) { _, new in new }
    return process
  }
}
