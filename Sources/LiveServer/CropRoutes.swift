import Classification
import Imaging
import Live
import NIOCore
import NIOHTTP1

/// What part of a camera's picture is looked at, and how that is changed while the program runs.
///
/// | address | members of the object, or the query |
/// |---|---|
/// | `GET /crop` | `camera` (the first) |
/// | `PUT /crop` | `x`, `y`, `width`, `height` in fractions of the picture, `camera` (the first) |
///
/// Both answer with the part, and with that which the model learnt from, if it learnt from one.
struct CropRoutes {
  /// A part, as it is said and asked for.
  struct Part: Encodable {
    var x, y, width, height: Double

    init(_ region: ImageRegion) {
      (x, y, width, height) = (region.x, region.y, region.width, region.height)
    }
  }

  private struct Answer: Encodable {
    var camera: String
    /// Absent while it is not known: pixels can only be counted in frames.
    var crop: Part?
    var learnt: Part?
  }

  private struct Order: Decodable {
    var camera: String?
    var x, y, width, height: Double?
  }

  private let mailbox: Mailbox
  private let requests: PartRequests
  private let isTaught: Bool
  private var rate = RateLimit()

  init(_ mailbox: Mailbox, _ requests: PartRequests, isTaught: Bool) {
    self.mailbox = mailbox
    self.requests = requests
    self.isTaught = isTaught
  }

  /// What part is looked at.
  func look(for request: Request) throws(Request.Refusal) -> Response {
    try response(of: mailbox.source(named: request["camera"]))
  }

  /// Has another part looked at.
  mutating func change(_ body: ByteBuffer) throws(Request.Refusal) -> Response {
    guard rate.admit(at: .now()) else {
      throw Request.Refusal(
        status: .tooManyRequests, reason: "too many changes at once", pause: 1)
    }
    let order = try Request.members(Order.self, of: body)
    let source = try mailbox.source(named: order.camera)
    guard let x = order.x, let y = order.y, let width = order.width, let height = order.height
    else {
      throw Request.Refusal(
        status: .badRequest, reason: "x, y, width and height are needed, in fractions")
    }
    guard let region = ImageRegion(x: x, y: y, width: width, height: height) else {
      throw Request.Refusal(
        status: .badRequest,
        reason: "that is no part of the picture: fractions inside 0 to 1, the sides "
          + "\(ImageRegion.leastSide) or more")
    }
    // Photos of that part could not be learnt: the model looks at a part of each photo by itself.
    if isTaught, mailbox.lookedAt(source)?.learnt.map({ $0 != region }) ?? false {
      throw Request.Refusal(
        status: .conflict,
        reason: "this model learnt from a part of its photos, and would be taught by another one: "
          + "teach a model that learnt from whole photos")
    }
    mailbox.setPart(region, of: source)
    requests.ask(for: region, of: source)
    return try response(of: source)
  }

  private func response(of source: Int) throws(Request.Refusal) -> Response {
    let part = mailbox.lookedAt(source)
    let answer = Answer(
      camera: mailbox.names[source], crop: part.map { Part($0.region) },
      learnt: part?.learnt.map(Part.init))
    return Response(type: "application/json", text: answer.json + "\n")
  }
}
