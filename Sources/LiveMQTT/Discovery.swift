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
    return Self.object([
      (
        "dev",
        Self.object([
          ("identifiers", Self.array([identifier])), ("name", Self.text("mmrl \(topics.name)")),
          ("sw_version", Self.text(version)),
        ])
      ),
      ("o", Self.object([("name", Self.text("mmrl-run")), ("sw_version", Self.text(version))])),
      ("availability_topic", Self.text(topics.status)),
      ("cmps", Self.object(components)),
    ])
  }

  /// The members of `cmps` that are about a source.
  private func components(of source: Int, _ labels: [String]) -> [(String, String)] {
    var answer = [
      ("device_class", Self.text("enum")), ("options", Self.array(Self.options(labels))),
    ]
    if labels.contains(where: { $0.unicodeScalars.count > Self.stateLimit }) {
      answer.append(("value_template", Self.text("{{ value[:\(Self.stateLimit)] }}")))
    }
    var components = [
      component("answer", .state, of: source, on: "sensor", answer),
      component(
        "score", .score, of: source, on: "sensor",
        [("state_class", Self.text("measurement")), ("suggested_display_precision", "2")]),
      component(
        "problem", .problem, of: source, on: "binary_sensor",
        [
          ("device_class", Self.text("problem")), ("entity_category", Self.text("diagnostic")),
        ]),
      component(
        "change", .event, of: source, on: "event",
        [("event_types", Self.array([AnswerEvent.kind]))]),
    ]
    if hasImages {
      components.append(
        component(
          "image", .image, of: source, on: "image", [("content_type", Self.text("image/jpeg"))]))
    }
    return components
  }

  private func component(
    _ what: String, _ kind: Topics.Kind, of source: Int, on platform: String,
    _ more: [(String, String)]
  ) -> (String, String) {
    let key = "\(topics.sources[source])_\(what)"
    let unique = "\(identifier)_\(key)"
    let entity = unique.lowercased().map { $0 == "-" ? "_" : $0 }
    return (
      key,
      Self.object(
        [
          ("platform", Self.text(platform)), ("unique_id", Self.text(unique)),
          ("default_entity_id", Self.text("\(platform).\(String(entity))")),
          ("name", Self.text(names.count == 1 ? what : "\(names[source]) \(what)")),
          (
            kind == .image ? "image_topic" : "state_topic",
            Self.text(topics.topic(kind, of: source))
          ),
        ] + more)
    )
  }

  /// Each label once, as far as it is taken, and `unknown`.
  private static func options(_ labels: [String]) -> [String] {
    var seen: Set<String> = []
    return (labels + [Answer.unknownText])
      .map { String(String.UnicodeScalarView($0.unicodeScalars.prefix(stateLimit))) }
      .filter { seen.insert($0).inserted }
  }

  private static func text(_ text: String) -> String { Record.quoted(text) }

  private static func array(_ texts: [String]) -> String {
    "[\(texts.map(Record.quoted).joined(separator: ", "))]"
  }

  private static func object(_ members: [(String, String)]) -> String {
    "{\(members.map { "\(Record.quoted($0.0)): \($0.1)" }.joined(separator: ", "))}"
  }
}
