import Foundation

/// The ffmpeg that is installed, if one is: an optional companion, for which tests make videos.
public enum FFmpeg {
  private struct Failure: Error { var status: Int32 }

  /// Whether it is in the PATH.
  public static let isInstalled: Bool = {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/ffmpeg")
    }
  }()

  /// Runs it to its end.
  public static func run(_ arguments: String...) throws { try run(arguments) }

  /// Runs it to its end.
  public static func run(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y"] + arguments
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(status: process.terminationStatus) }
  }

  /// Whether one runs that was given an argument that contains `text`.
  public static func isRunning(on text: String) -> Bool {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return processes.contains { name in
      guard Int(name) != nil,
        let data = FileManager.default.contents(atPath: "/proc/\(name)/cmdline")
      else { return false }
      let line = String(decoding: data, as: UTF8.self)
      return line.hasPrefix("ffmpeg\0") && line.contains(text)
    }
  }
}
