import Classification
import Live
import LiveSaving
import LiveTeaching
import NIOCore
import NIOHTTP1

/// What can be asked for about teaching, all of it below `/teach`: JSON in and out, but for pictures.
///
/// `GET` looks, and changes nothing; `POST` changes something and answers how things are then, as `GET /teach` does. What an
/// object has besides what is wanted is not looked at.
///
/// | address | members of the object, or the query |
/// |---|---|
/// | `GET /teach` | how things are: labels with their photos counted, pictures being taken, learning, what can be undone |
/// | `GET /teach/names` | the labels of the running model |
/// | `GET /teach/photos` | `label`: its photos |
/// | `GET /teach/photo` | `label`, `name`: a photo |
/// | `POST /teach/labels/add` | `label` |
/// | `POST /teach/labels/rename` | `label`, `to` |
/// | `POST /teach/labels/remove` | `label` |
/// | `POST /teach/photos/delete` | `label`, `names` |
/// | `POST /teach/collect` | `label`, `count` (20), `camera` (the first) |
/// | `POST /teach/stop` | no more pictures |
/// | `POST /teach/correct` | `id` of a change in `/history`, `label`: its picture becomes a photo of that label |
/// | `POST /teach/sort` | `ids` of changes in `/history`, `saved`, names of pictures in `/saved`, `label`: the same for all of them, as one change |
/// | `POST /teach/undo` | the last change |
/// | `POST /teach/learn` | begins to learn all photos |
struct TeachRoutes {
  /// Pictures that are taken unless another number is asked for, and at most.
  static let usualCount = 20
  static let mostPictures = 100

  /// Where pictures of earlier moments are.
  struct Pictures {
    let mailbox: Mailbox
    let saved: SavedFolder?
  }

  let teacher: Teacher
  private let pictures: Pictures
  private var rate = RateLimit()

  init(_ teacher: Teacher, _ mailbox: Mailbox, _ saved: SavedFolder?) {
    self.teacher = teacher
    pictures = Pictures(mailbox: mailbox, saved: saved)
  }

  /// Whether an address is about teaching.
  static func have(_ path: String) -> Bool { path == "/teach" || path.hasPrefix("/teach/") }

  /// What a request asks the teacher for.
  ///
  /// - Throws: what to answer when it is not well-formed, or too much.
  mutating func command(
    for request: Request, body: ByteBuffer
  ) throws(Request.Refusal) -> TeachingCommand {
    if let look = Self.looks[request.path] { return try look(request) }
    guard let change = Self.changes[request.path] else {
      throw Request.Refusal(status: .notFound, reason: "there is no \(request.path)")
    }
    guard rate.admit(at: .now()) else {
      throw Request.Refusal(
        status: .tooManyRequests, reason: "too many changes at once", pause: 1)
    }
    return try change(try Order(body, pictures))
  }

  /// Each address, and by which methods it is asked for.
  static var methods: [String: [HTTPMethod]] {
    looks.mapValues { _ in [.GET, .HEAD] }.merging(changes.mapValues { _ in [.POST] }) { $1 }
  }

  private typealias Look = @Sendable (Request) throws(Request.Refusal) -> TeachingCommand

  private static let looks: [String: Look] = [
    "/teach": { _ in .report },
    "/teach/names": { _ in .names },
    "/teach/photos": { request throws(Request.Refusal) in
      .photos(label: try request.need("label"))
    },
    "/teach/photo": { request throws(Request.Refusal) in
      .photo(try request.need("name"), label: try request.need("label"))
    },
  ]

  private typealias Change = @Sendable (Order) throws(Request.Refusal) -> TeachingCommand

  private static let changes: [String: Change] = [
    "/teach/labels/add": { order throws(Request.Refusal) in
      .addLabel(try order.label)
    },
    "/teach/labels/rename": { order throws(Request.Refusal) in
      .renameLabel(try order.label, to: try order.need(order.members.to, "to"))
    },
    "/teach/labels/remove": { order throws(Request.Refusal) in
      .removeLabel(try order.label)
    },
    "/teach/photos/delete": { order throws(Request.Refusal) in
      .removePhotos(try order.need(order.members.names, "names"), label: try order.label)
    },
    "/teach/collect": { order throws(Request.Refusal) in
      .collect(label: try order.label, count: try order.count, source: try order.source)
    },
    "/teach/stop": { _ in .stopCollecting },
    "/teach/correct": { order throws(Request.Refusal) in
      let number = try order.need(order.members.id, "id")
      return .keep([try order.pictures.change(number)], label: try order.label)
    },
    "/teach/sort": { order throws(Request.Refusal) in
      .keep(try order.chosenPictures, label: try order.label)
    },
    "/teach/undo": { _ in .undo },
    "/teach/learn": { _ in .learn },
  ]
}

extension Request {
  /// A parameter of the query that must be there.
  fileprivate func need(_ name: String) throws(Refusal) -> String {
    guard let value = self[name] else {
      throw Refusal(status: .badRequest, reason: "\(name) is missing in the query")
    }
    return value
  }
}

/// What the body of a request says.
private struct Order {
  struct Members: Decodable {
    var label: String?
    var to: String?
    var names: [String]?
    var count: Int?
    var camera: String?
    var id: UInt64?
    var ids: [UInt64]?
    var saved: [String]?
  }

  let members: Members
  let pictures: TeachRoutes.Pictures

  init(_ body: ByteBuffer, _ pictures: TeachRoutes.Pictures) throws(Request.Refusal) {
    self.pictures = pictures
    members = try Request.members(Members.self, of: body)
  }

  func need<Value>(_ value: Value?, _ name: String) throws(Request.Refusal) -> Value {
    guard let value else {
      throw Request.Refusal(status: .badRequest, reason: "\(name) is missing")
    }
    return value
  }

  var label: String { get throws(Request.Refusal) { try need(members.label, "label") } }

  var count: Int {
    get throws(Request.Refusal) {
      let count = members.count ?? TeachRoutes.usualCount
      guard (1...TeachRoutes.mostPictures).contains(count) else {
        throw Request.Refusal(
          status: .badRequest, reason: "count takes 1 to \(TeachRoutes.mostPictures)")
      }
      return count
    }
  }

  var source: Int {
    get throws(Request.Refusal) { try pictures.mailbox.source(named: members.camera) }
  }

  /// Those that are to be sorted, each once.
  var chosenPictures: [EarlierPicture] {
    get throws(Request.Refusal) {
      let (numbers, names) = (members.ids ?? [], members.saved ?? [])
      guard (1...TeachRoutes.mostPictures).contains(numbers.count + names.count) else {
        throw Request.Refusal(
          status: .badRequest,
          reason: "ids and saved take 1 to \(TeachRoutes.mostPictures) pictures together")
      }
      var chosen: [EarlierPicture] = []
      for number in Set(numbers).sorted() { chosen.append(try pictures.change(number)) }
      for name in Set(names).sorted() { chosen.append(try pictures.saved(name)) }
      return chosen
    }
  }
}

extension TeachRoutes.Pictures {
  /// The picture of a change in `/history`.
  func change(_ number: UInt64) throws(Request.Refusal) -> EarlierPicture {
    guard let change = mailbox.change(number), let picture = change.picture else {
      throw Request.Refusal(
        status: .notFound, reason: "there is no picture of a change \(number) any more")
    }
    switch picture {
    case .held(let content):
      return EarlierPicture(time: change.time) { () throws(TeachingError) in
        try Teacher.photo(of: content, part: change.part)
      }
    case .saved(let name): return earlier(name)
    }
  }

  /// A picture of `/saved`.
  func saved(_ text: String) throws(Request.Refusal) -> EarlierPicture {
    let name = try SavedRoutes.name(text)
    guard saved?.contains(name) == true else {
      throw Request.Refusal(status: .notFound, reason: "there is no picture \(text) any more")
    }
    return earlier(name)
  }

  private func earlier(_ name: SavedName) -> EarlierPicture {
    EarlierPicture(time: name.time) { [saved] () throws(TeachingError) in
      guard let picture = saved?.picture(name), let file = saved?.file(of: name) else {
        throw TeachingError(.missing, "the picture of \(name.time.text) is there no more")
      }
      return try Teacher.photo(of: .jpeg(file), part: picture.part)
    }
  }
}

extension Mailbox {
  /// The source that a client means by its name or index; the first where it names none.
  func source(named wanted: String?) throws(Request.Refusal) -> Int {
    let names = names
    guard !names.isEmpty else {
      throw Request.Refusal(status: .notFound, reason: "there are no cameras")
    }
    guard let wanted else { return 0 }
    if let index = names.firstIndex(of: wanted) { return index }
    if let index = Int(wanted), names.indices.contains(index) { return index }
    throw Request.Refusal(
      status: .notFound,
      reason: "there is no such camera; there are: \(names.joined(separator: ", "))")
  }
}
