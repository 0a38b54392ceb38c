import Imaging
import Live
import NIOCore
import NIOHTTP1

/// The newest image of each source as a JPEG, made when somebody asks for it and kept for the others.
struct ImageCache {
  private static let quality = 82

  private struct Entry {
    var number: Int
    var bytes: ByteBuffer
  }

  private let mailbox: Mailbox
  private var entries: [Int: Entry] = [:]

  init(_ mailbox: Mailbox) { self.mailbox = mailbox }

  /// An answer with a source's newest image; nil when it has yet to come.
  mutating func image(of source: Int) throws(Request.Refusal) -> Response? {
    guard let newest = mailbox.look(at: source) else { return nil }
    let entry: Entry
    if let known = entries[source], known.number == newest.number {
      entry = known
    } else {
      entry = Entry(number: newest.number, bytes: try bytes(of: newest.frame.content))
      entries[source] = entry
    }
    var response = Response(type: "image/jpeg", body: entry.bytes)
    response.headers.append(("X-Sequence", "\(newest.frame.sequence)"))
    return response
  }

  func bytes(of content: ShownFrame.Content) throws(Request.Refusal) -> ByteBuffer {
    do {
      return ByteBuffer(bytes: try content.file(quality: Self.quality))
    } catch {
      throw Request.Refusal(status: .internalServerError, reason: "\(error)")
    }
  }

  /// Makes files of the pictures that are kept.
  func compressPictures() {
    mailbox.compressPictures { try? JPEGEncoder().encode($0, quality: Self.quality) }
  }
}
