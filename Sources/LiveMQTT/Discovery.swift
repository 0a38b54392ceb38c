internal import Classification

/// What tells Home Assistant of a device, its sources and their labels: one retained message, as its documentation of MQTT
/// calls it, device discovery.
package struct Discovery: Sendable {
  /// Longer states are not taken there.
  static let stateLimit = 255

  /// The topics that it tells of.
  package var topics: Topics
  /// What people call the sources, in the same order.
  package var names: [String]
  /// Whether each source has an image.
  package var hasImages: Bool
  /// Where Home Assistant looks; `homeassistant` unless its user has changed that.
  package var prefix: String
  /// Of the program.
  package var version: String

  /// Of a device.
  ///
  /// - Parameters:
  ///   - topics: of the device.
  ///   - names: what people call its sources.
  ///   - hasImages: whether each source has an image.
  ///   - prefix: of Home Assistant's topics.
  ///   - version: of the program.
  package init(
    _ topics: Topics, names: [String], hasImages: Bool, prefix: String, version: String
  ) {
    self.topics = topics
    self.names = names
    self.hasImages = hasImages
    self.prefix = prefix
    self.version = version
  }

  private var identifier: String { "mmrl_\(topics.name)" }

  /// Where the message goes.
  package var topic: String { "\(prefix)/device/\(identifier)/config" }

  /// Where Home Assistant says that it has come: `online`.
  package var birthTopic: String { "\(prefix)/status" }

  /// The message.
  ///
  /// - Parameter labels: all that an answer may be, but for `unknown`.
  /// - Returns: JSON.
  package func payload(labels: [String]) -> String {
    let components = names.indices.flatMap { self.components(of: $0, labels) }
    return DiscoveryMessage(
      device: .init(identifiers: [identifier], name: "mmrl \(topics.name)", version: version),
      origin: .init(name: "mmrl-run", version: version), availability: topics.status,
      components: Dictionary(uniqueKeysWithValues: components)
    ).json
  }

  /// What a source becomes there, by keys of its own.
  private func components(
    of source: Int, _ labels: [String]
  ) -> [(String, DiscoveryMessage.Component)] {
    var answer = component("answer", .state, of: source, on: "sensor")
    answer.1.deviceClass = "enum"
    answer.1.options = Self.options(labels)
    if labels.contains(where: { $0.unicodeScalars.count > Self.stateLimit }) {
      answer.1.template = "{{ value[:\(Self.stateLimit)] }}"
    }
    var score = component("score", .score, of: source, on: "sensor")
    score.1.stateClass = "measurement"
    score.1.precision = 2
    var problem = component("problem", .problem, of: source, on: "binary_sensor")
    problem.1.deviceClass = "problem"
    problem.1.category = "diagnostic"
    var change = component("change", .event, of: source, on: "event")
    change.1.eventTypes = [AnswerEvent.kind]
    guard hasImages else { return [answer, score, problem, change] }
    var image = component("image", .image, of: source, on: "image")
    image.1.contentType = "image/jpeg"
    return [answer, score, problem, change, image]
  }

  private func component(
    _ what: String, _ kind: Topics.Kind, of source: Int, on platform: String
  ) -> (String, DiscoveryMessage.Component) {
    let key = "\(topics.sources[source])_\(what)"
    let unique = "\(identifier)_\(key)"
    let topic = topics.topic(kind, of: source)
    return (
      key,
      DiscoveryMessage.Component(
        platform: platform, identifier: unique,
        entity: "\(platform).\(unique.lowercased().replacing("-", with: "_"))",
        name: names.count == 1 ? what : "\(names[source]) \(what)",
        stateTopic: kind == .image ? nil : topic, imageTopic: kind == .image ? topic : nil)
    )
  }

  /// Each label once, as far as it is taken, and `unknown`.
  private static func options(_ labels: [String]) -> [String] {
    var seen: Set<String> = []
    return (labels + [Answer.unknownText])
      .map { String(String.UnicodeScalarView($0.unicodeScalars.prefix(stateLimit))) }
      .filter { seen.insert($0).inserted }
  }
}

/// The message, by the names that Home Assistant has for its members.
private struct DiscoveryMessage: Encodable {
  struct Device: Encodable {
    var identifiers: [String]
    var name: String
    var version: String

    enum CodingKeys: String, CodingKey {
      case identifiers, name
      case version = "sw_version"
    }
  }

  struct Origin: Encodable {
    var name: String
    var version: String

    enum CodingKeys: String, CodingKey {
      case name
      case version = "sw_version"
    }
  }

  /// An entity.
  struct Component: Encodable {
    var platform: String
    var identifier: String
    var entity: String
    var name: String
    var stateTopic: String?
    var imageTopic: String?
    var deviceClass: String?
    var category: String?
    var options: [String]?
    var template: String?
    var stateClass: String?
    var precision: Int?
    var eventTypes: [String]?
    var contentType: String?

    enum CodingKeys: String, CodingKey {
      case platform, name, options
      case identifier = "unique_id"
      case entity = "default_entity_id"
      case stateTopic = "state_topic"
      case imageTopic = "image_topic"
      case deviceClass = "device_class"
      case category = "entity_category"
      case template = "value_template"
      case stateClass = "state_class"
      case precision = "suggested_display_precision"
      case eventTypes = "event_types"
      case contentType = "content_type"
    }
  }

  var device: Device
  var origin: Origin
  var availability: String
  var components: [String: Component]

  enum CodingKeys: String, CodingKey {
    case device = "dev"
    case origin = "o"
    case availability = "availability_topic"
    case components = "cmps"
  }
}
