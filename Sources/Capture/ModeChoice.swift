import Imaging

/// Columns and rows of a frame.
public struct FrameSize: Sendable, Equatable, CustomStringConvertible {
  /// Columns of pixels.
  public var width: Int
  /// Rows of pixels.
  public var height: Int

  /// A size; both parts are positive.
  public init(width: Int, height: Int) {
    precondition(width > 0 && height > 0)
    self.width = width
    self.height = height
  }

  /// A size from text such as 640x480.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let width = parts[0], let height = parts[1],
      (1...16384).contains(width), (1...16384).contains(height)
    else { return nil }
    self.init(width: width, height: height)
  }

  /// Width and height with an x between them.
  public var description: String { "\(width)x\(height)" }
}

/// What is wanted of a camera.
public struct ModeRequest: Sendable {
  /// The short edge that the model's input needs, in pixels; nil for the largest that there is.
  public var shortEdge: Int?
  /// The only size, if given.
  public var size: FrameSize?
  /// The least frames a second; without it 25, or the camera's best where it has less.
  public var rate: Double?
  /// The only pixel format, if given.
  public var code: FourCC?

  /// A request; what is nil is chosen.
  public init(
    shortEdge: Int?, size: FrameSize? = nil, rate: Double? = nil, code: FourCC? = nil
  ) {
    self.shortEdge = shortEdge
    self.size = size
    self.rate = rate
    self.code = code
  }
}

/// A mode, the interval to set, and why.
package struct ModeChoice: Sendable, Equatable {
  /// The chosen mode.
  package var mode: CameraMode
  /// The interval to ask for; nil when the driver names none.
  package var interval: FrameInterval?
  /// For a person.
  package var reason: String
}

/// Nanoseconds a pixel of the frame to read it into RGB and to crop that to 224 pixels, on one core.
///
/// Measured: `tools/bench/camera formats`, 1280x720, AMD EPYC (Zen 4). Only the order matters. A JPEG's depends on the
/// scale that it is decoded at. Formats that libv4lconvert reads are never weighed against these.
private func readingCost(_ mode: CameraMode, modelEdge: Int?) -> Double {
  switch mode.code {
  case .rgb24: return 0.8
  case .nv12, .yu12: return 1.1
  case .yuyv, .uyvy: return 1.3
  case .grey, .bgr24: return 1.8
  case .mjpg, .jpeg:
    let eighths = modelEdge.map { edge in
      ImageDecoder.eighths(
        of: min(mode.width, mode.height), for: FrameDecoder.decodedShortEdge(modelEdge: edge))
    }
    return switch eighths {
    case 1: 1.1
    case 2: 1.4
    case 4: 1.7
    default: 2.8
    }
  default: return 8
  }
}

/// The mode that costs least of those that lose nothing: it has colour, the short edge covers the
/// model's input and the rate is high enough; then the fewest pixels in the cheapest format.
///
/// Returns nil when the request leaves no mode.
package func chooseMode(_ modes: [CameraMode], _ request: ModeRequest) -> ModeChoice? {
  let fitting = modes.filter { mode in
    (request.code.map { $0 == mode.code || ($0.isJPEG && mode.code.isJPEG) } ?? true)
      && (request.size.map { $0.width == mode.width && $0.height == mode.height } ?? true)
  }
  let bestRate = fitting.compactMap { $0.intervals.first?.rate }.max() ?? 0
  let wantedRate = request.rate ?? min(25, bestRate)
  let ranked = fitting.map { mode in
    Candidate(mode: mode, wantedRate: wantedRate, shortEdge: request.shortEdge)
  }
  guard let best = ranked.min(by: { $0.isBetter(than: $1) }) else { return nil }
  return ModeChoice(
    mode: best.mode, interval: best.interval,
    reason: reason(best, among: modes.count, request))
}

private struct Candidate {
  let mode: CameraMode
  let interval: FrameInterval?
  let isFast: Bool
  let isGrey: Bool
  let missingPixels: Int
  let cost: Double

  init(mode: CameraMode, wantedRate: Double, shortEdge: Int?) {
    self.mode = mode
    // The slowest rate that is enough saves the bus and the driver work.
    let enough = mode.intervals.last { $0.rate >= wantedRate * 0.99 }
    interval = enough ?? mode.intervals.first
    isFast = enough != nil || mode.intervals.isEmpty
    isGrey = mode.code == .grey
    missingPixels = max(0, (shortEdge ?? .max) - min(mode.width, mode.height))
    cost = Double(mode.width * mode.height) * readingCost(mode, modelEdge: shortEdge)
  }

  func isBetter(than other: Candidate) -> Bool {
    if isGrey != other.isGrey { return !isGrey }
    if missingPixels != other.missingPixels { return missingPixels < other.missingPixels }
    if isFast != other.isFast { return isFast }
    if !isFast, let rate = interval?.rate, let otherRate = other.interval?.rate, rate != otherRate {
      return rate > otherRate
    }
    return cost < other.cost
  }
}

private func reason(_ best: Candidate, among count: Int, _ request: ModeRequest) -> String {
  var asked: [String] = []
  if request.size != nil { asked.append("size") }
  if request.code != nil { asked.append("format") }
  if request.rate != nil { asked.append("rate") }
  let cheapest = "cheapest of \(count) modes"
  let edge =
    switch request.shortEdge {
    case nil: "with the largest short edge"
    case let needed? where best.missingPixels == 0:
      "with a short edge of at least the \(needed) that the model needs"
    case let needed?: "with the largest short edge, although the model needs \(needed)"
    }
  let start = asked.isEmpty ? cheapest : "\(asked.joined(separator: ", ")) as asked, \(cheapest)"
  return best.isFast ? "\(start) \(edge)" : "\(start) \(edge); no faster one"
}
