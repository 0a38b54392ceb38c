import LiveSaving
import NIOCore
import NIOHTTP1

/// What can be seen of the pictures that are kept.
///
/// They are named by the name that they have in the list, and in no other way. What is asked for is checked at once, and read
/// from the disk by whoever may wait for it.
///
/// | address | the query |
/// |---|---|
/// | `GET /saved` | `before`: only pictures older than the one of this name; `count` (24), at most 100 |
/// | `GET /saved/picture` | `name`: a picture |
struct SavedRoutes {
  /// Reads an answer.
  typealias Reading = @Sendable () -> Response

  private static let usualCount = 24
  private static let mostPictures = 100

  private let folder: SavedFolder

  init(_ folder: SavedFolder) { self.folder = folder }

  /// Pictures with what was found in them, newest first.
  func list(for request: Request) throws(Request.Refusal) -> Reading {
    var before: SavedName?
    if let text = request["before"] {
      before = try Self.name(text)
    }
    var count = Self.usualCount
    if let text = request["count"] {
      guard let number = Int(text), (1...Self.mostPictures).contains(number) else {
        throw Request.Refusal(
          status: .badRequest, reason: "count takes 1 to \(Self.mostPictures)")
      }
      count = number
    }
    return { [folder, before, count] in
      let (pictures, hasMore) = folder.pictures(before: before, most: count)
      let list = pictures.map(\.json).joined(separator: ",\n")
      return Response(
        type: "application/json",
        text: "{\"pictures\": [\(list)], \"more\": \(hasMore), \"count\": \(folder.count)}\n")
    }
  }

  /// A picture's file.
  func picture(for request: Request) throws(Request.Refusal) -> Reading {
    guard let text = request["name"] else {
      throw Request.Refusal(status: .badRequest, reason: "name is missing in the query")
    }
    return picture(try Self.name(text), orElse: "there is no such picture any more")
  }

  /// A picture's file, or that there is none.
  func picture(_ name: SavedName, orElse reason: String) -> Reading {
    { [folder] in
      folder.file(of: name).map { Response(type: "image/jpeg", body: ByteBuffer(bytes: $0)) }
        ?? Response(Request.Refusal(status: .notFound, reason: reason))
    }
  }

  /// - Throws: what to answer where a text is no picture's name.
  static func name(_ text: String) throws(Request.Refusal) -> SavedName {
    guard let name = SavedName(text) else {
      throw Request.Refusal(status: .badRequest, reason: "that is not the name of a picture")
    }
    return name
  }
}
