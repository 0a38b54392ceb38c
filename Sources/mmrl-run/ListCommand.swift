import ArgumentParser
import Basics
import Capture

/// `mmrl-run list`: the cameras that are there.
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Show the cameras that are there, and what they offer.",
    helpNames: .help)

  func run() {
    let cameras = listCameras()
    if cameras.isEmpty { Message.say("no cameras here (/dev/video*)") }
    for camera in cameras { print(Self.text(camera), terminator: "") }
  }

  private static func text(_ camera: CameraDescription) -> String {
    if let problem = camera.problem { return "\(problem)\n" }
    var lines = ["\(camera.path)  \(camera.card) (\(camera.driver), \(camera.bus))"]
    lines += camera.names.map { "  \($0)" }
    var previous: FourCC?
    for mode in camera.modes {
      let name = mode.code == previous ? "" : mode.code.description
      previous = mode.code
      let rates = mode.intervals.map { rate($0.rate) }.joined(separator: ", ")
      let padding = String(repeating: " ", count: max(1, 8 - name.count))
      lines.append("  \(name)\(padding)\(mode.width)x\(mode.height)  \(rates)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func rate(_ value: Double) -> String {
    value == value.rounded() ? "\(Int(value))" : Decimal.fixed(value, 2)
  }
}
