import Basics
import Checkpoints
import FoundationEssentials

/// Any JSON.
enum JSONValue: Decodable, Equatable, Sendable {
  case null
  case flag(Bool)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let list = try? container.decode([JSONValue].self) {
      self = .list(list)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// Whether it is what Python takes for false, hence what switches nothing on.
  var isNothing: Bool {
    switch self {
    case .null, .flag(false), .number(0), .text(""), .list([]), .object([:]): true
    default: false
    }
  }

  /// A whole number.
  var integer: Int? {
    guard case .number(let number) = self else { return nil }
    return Int(exactly: number)
  }

  /// As a person would write it, cut short.
  var words: String {
    switch self {
    case .null: "null"
    case .flag(let flag): "\(flag)"
    case .number(let number): Int(exactly: number).map { "\($0)" } ?? "\(number)"
    case .text(let text): "“\(text.prefix(60))”"
    case .list(let list):
      "[" + list.prefix(4).map(\.words).joined(separator: ", ") + (list.count > 4 ? ", …]" : "]")
    case .object(let object):
      "{"
        + object.sorted { $0.key < $1.key }.prefix(4).map { "\($0.key): \($0.value.words)" }
        .joined(separator: ", ") + (object.count > 4 ? ", …}" : "}")
    }
  }
}

/// A JSON object of settings, each to be taken once: what nobody took is refused by its name, so that none is ignored.
struct Settings {
  /// The file.
  let path: String
  /// What leads to this object within the file: "text_config.", or nothing.
  private let place: String
  private var left: [String: JSONValue]

  init(path: String, place: String = "", _ values: [String: JSONValue]) {
    self.path = path
    self.place = place
    // Python's files write null for what is not set.
    left = values.filter { $0.value != .null }
  }

  /// The object that a file holds; nil when there is no such file.
  static func read(_ path: String) throws(CLIPError) -> Settings? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let value: JSONValue
    do {
      value = try JSONDecoder().decode(
        JSONValue.self, from: try Data(contentsOf: URL(filePath: LinkText.followed(path))))
    } catch {
      throw .configuration(path: path, what: "cannot be read: \(DecodingError.reason(error))")
    }
    guard case .object(let values) = value else {
      throw .configuration(path: path, what: "is not an object of settings")
    }
    return Settings(path: path, values)
  }

  /// Whether there is such a setting, other than null.
  func has(_ key: String) -> Bool { left[key] != nil }

  /// The names of all that is left.
  var names: [String] { left.keys.sorted() }

  mutating func take(_ key: String) -> JSONValue? { left.removeValue(forKey: key) }

  /// Puts another value in the place of one.
  mutating func replace(_ key: String, by value: JSONValue?) { left[key] = value }

  mutating func integer(_ key: String) throws(CLIPError) -> Int? {
    guard let value = take(key) else { return nil }
    guard let integer = value.integer else { throw refusal(key, value, "a whole number") }
    return integer
  }

  mutating func number(_ key: String) throws(CLIPError) -> Double? {
    guard let value = take(key) else { return nil }
    guard case .number(let number) = value else { throw refusal(key, value, "a number") }
    return number
  }

  mutating func flag(_ key: String) throws(CLIPError) -> Bool? {
    guard let value = take(key) else { return nil }
    guard case .flag(let flag) = value else { throw refusal(key, value, "true or false") }
    return flag
  }

  mutating func text(_ key: String) throws(CLIPError) -> String? {
    guard let value = take(key) else { return nil }
    guard case .text(let text) = value else { throw refusal(key, value, "a text") }
    return text
  }

  mutating func object(_ key: String) throws(CLIPError) -> Settings? {
    guard let value = take(key) else { return nil }
    guard case .object(let values) = value else { throw refusal(key, value, "an object") }
    return Settings(path: path, place: "\(place)\(key).", values)
  }

  /// A number, or a list of equal ones: a side of a square.
  mutating func side(_ key: String) throws(CLIPError) -> Int? {
    guard let value = take(key) else { return nil }
    if let side = value.integer { return side }
    if case .list(let list) = value, let side = list.first?.integer,
      list.allSatisfy({ $0 == list[0] })
    {
      return side
    }
    throw refusal(key, value, "a whole number, or equal ones")
  }

  /// Passes over settings that change nothing about features.
  mutating func drop(_ keys: [String]) {
    for key in keys { left.removeValue(forKey: key) }
  }

  /// Passes over settings that are not set, and refuses them otherwise.
  mutating func refuse(_ keys: [String]) throws(CLIPError) {
    for key in keys {
      if let value = take(key), !value.isNothing { throw unsupported(key, value) }
    }
  }

  /// Takes a text that must be one of a few.
  mutating func expect(_ key: String, _ allowed: [String]) throws(CLIPError) {
    guard let text = try text(key), !allowed.contains(text) else { return }
    throw unsupported(key, .text(text), allowed.joined(separator: " or "))
  }

  /// Takes a size that must be that of the weights.
  mutating func expect(
    _ key: String, _ size: Int, _ what: String
  ) throws(CLIPError) {
    guard let said = try side(key), said != size else { return }
    throw contradiction(key, "\(said)", what, "\(size)")
  }

  /// Refuses what nobody took.
  func finish() throws(CLIPError) {
    guard let (key, value) = left.min(by: { $0.key < $1.key }) else { return }
    throw unsupported(key, value)
  }

  /// A setting that would change the features, in a way that is not followed.
  func unsupported(
    _ key: String, _ value: JSONValue, _ supported: String? = nil
  ) -> CLIPError {
    .configuration(
      path: path,
      what: "sets \(place)\(key) to \(value.words), which is not supported"
        + (supported.map { " (\($0) is)" } ?? ""))
  }

  /// A setting that says something else than the weights.
  func contradiction(
    _ key: String, _ said: String, _ what: String, _ found: String
  ) -> CLIPError {
    .configuration(
      path: path,
      what: "says \(place)\(key) \(said), but the \(what) of the weights beside it is \(found):"
        + " does it belong to another checkpoint?")
  }

  private func refusal(_ key: String, _ value: JSONValue, _ wanted: String) -> CLIPError {
    .configuration(path: path, what: "\(place)\(key) is \(value.words), not \(wanted)")
  }
}
