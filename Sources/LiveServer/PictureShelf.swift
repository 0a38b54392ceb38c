import Imaging
import NIOCore
import NIOHTTP1

/// The newest picture of each source as a JPEG, made when somebody asks for it and kept for the others.
struct PictureShelf {
  private static let quality = 82

  private struct Picture {
    var number: Int
    var bytes: ByteBuffer
  }

  private let board: LiveBoard
  private var pictures: [Int: Picture] = [:]
  private var encoder = JPEGEncoder()

  init(_ board: LiveBoard) { self.board = board }

  /// An answer with a source's newest picture; nil when it has yet to come.
  mutating func picture(of source: Int) throws(Request.Refusal) -> Response? {
    guard let frame = board.look(at: source) else { return nil }
    if pictures[source]?.number != frame.number {
      pictures[source] = Picture(number: frame.number, bytes: try bytes(of: frame))
    }
    guard let picture = pictures[source] else { return nil }
    var response = Response(type: "image/jpeg", body: picture.bytes)
    response.headers.append(("X-Sequence", "\(frame.sequence)"))
    return response
  }

  private mutating func bytes(of frame: SourceState.Frame) throws(Request.Refusal) -> ByteBuffer {
    guard frame.jpeg.isEmpty else { return ByteBuffer(bytes: frame.jpeg) }
    do {
      return ByteBuffer(bytes: try encoder.encode(frame.image, quality: Self.quality))
    } catch {
      throw Request.Refusal(status: .internalServerError, reason: "\(error)")
    }
  }
}
