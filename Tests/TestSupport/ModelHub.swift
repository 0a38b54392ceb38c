import Foundation
import Glibc

/// A server of published models on loopback, by python3 and openssl where both are installed: an optional companion of tests.
public final class ModelHub {
  /// Whether it can be had; where it cannot, that is said once, loudly.
  public static let isInstalled: Bool = {
    let missing = ["python3", "openssl"].filter { path(of: $0) == nil }
    guard !missing.isEmpty else { return true }
    let text =
      "!!! SKIPPED: tests of fetching models, since there is no \(missing.joined(separator: ", "))"
    FileHandle.standardError.write(
      Data((text + " (tools/install-packages python3 openssl)\n").utf8))
    return false
  }()

  private struct Failure: Error, CustomStringConvertible { var description: String }

  private static func path(of name: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").map { "\($0)/\(name)" }
      .first(where: FileManager.default.isExecutableFile)
  }

  /// Where it listens, with its scheme.
  public let address: String
  /// The certificate to trust; nil without encryption.
  public let certificate: String?
  private let process: Process
  private let log: String

  /// Starts one.
  ///
  /// - Parameters:
  ///   - folder: what it serves.
  ///   - work: for its own files.
  ///   - isEncrypted: whether it speaks HTTPS.
  /// - Throws: when it does not start.
  public init(of folder: String, in work: String, isEncrypted: Bool = true) throws {
    let name = UUID().uuidString
    let script = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/model-hub.py").path
    var arguments = [script, folder]
    var certificate: String?
    if isEncrypted {
      let (own, key) = ("\(work)/\(name).pem", "\(work)/\(name).key")
      let maker = Process()
      maker.executableURL = URL(filePath: Self.path(of: "openssl") ?? "")
      maker.arguments = [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
        key, "-out", own,
      ]
      maker.standardError = FileHandle.nullDevice
      try maker.run()
      maker.waitUntilExit()
      guard maker.terminationStatus == 0 else { throw Failure(description: "openssl failed") }
      certificate = own
      arguments += [own, key]
    }
    log = "\(work)/\(name).log"
    try Data().write(to: URL(filePath: log))
    let process = Process()
    process.executableURL = URL(filePath: Self.path(of: "python3") ?? "")
    process.arguments = arguments
    process.standardInput = Pipe()
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: log))
    try process.run()
    self.process = process
    self.certificate = certificate
    let end = ContinuousClock.now + .seconds(30)
    var port: Int?
    while port == nil, ContinuousClock.now < end {
      let text = try String(contentsOfFile: log, encoding: .utf8)
      if let line = text.firstIndex(of: "\n") { port = Int(text[..<line]) }
      if port == nil { usleep(20_000) }
    }
    guard let port else { throw Failure(description: "the model hub of the tests did not start") }
    address = "\(isEncrypted ? "https" : "http")://127.0.0.1:\(port)"
  }

  deinit {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// What was asked for so far: `GET /path range`.
  public func requests() throws -> [String] {
    try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").dropFirst()
      .map(String.init)
  }
}
