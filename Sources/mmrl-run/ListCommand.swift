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
    let width = Terminal.columnsOfResults
    for camera in cameras { print(Self.text(camera, width), terminator: "") }
  }

  /// Lines that fit the terminal's columns; nil is a file.
  private static func text(_ camera: CameraDescription, _ width: Int?) -> String {
    if let problem = camera.problem { return "\(problem)".wrapped(to: width, indent: 2) + "\n" }
    var lines = ["\(camera.path)  \(camera.card) (\(camera.driver), \(camera.bus))"]
    lines += camera.names.map { "  \($0)" }
    var previous: FourCC?
    for mode in camera.modes {
      let name = mode.code == previous ? "" : mode.code.description
      previous = mode.code
      let rates = mode.intervals.map { rate($0.rate) }.joined(separator: ", ")
      let start = "  \(name.padded(to: 7)) \(mode.width)x\(mode.height)  "
      let room = width.map { max(10, $0 - start.columns) }
      let margin = "\n" + String(repeating: " ", count: start.columns)
      lines.append(start + rates.wrapped(to: room).replacing("\n", with: margin))
    }
    return lines.map { line in
      line.contains("\n") ? line : line.wrapped(to: width, indent: 2)
    }.joined(separator: "\n") + "\n"
  }

  private static func rate(_ value: Double) -> String {
    value == value.rounded() ? "\(Int(value))" : Decimal.fixed(value, 2)
  }
}
