import NIOHTTP1

/// What can be asked for besides teaching, by its address; `openapi.json` says what comes of it.
enum Route: String, CaseIterable {
  case page = "/"
  case events = "/events"
  case image = "/frame.jpg"
  case history = "/history"
  case picture = "/history/picture"
  case saved = "/saved"
  case savedPicture = "/saved/picture"
  case metrics = "/metrics"
  case health = "/healthz"
  /// That of the Open Inference Protocol.
  case ready = "/v2/health/ready"
  case classify = "/classify"
  /// What part of a camera's picture is looked at.
  case crop = "/crop"
  case description = "/openapi.json"

  /// What can be done with it.
  var methods: [HTTPMethod] {
    switch self {
    case .classify: [.POST]
    case .crop: [.GET, .HEAD, .PUT]
    default: [.GET, .HEAD]
    }
  }

  /// Whether its refusals, too, are JSON objects.
  static func isForPrograms(_ path: String) -> Bool {
    TeachRoutes.have(path) || [classify, crop].contains { $0.rawValue == path }
  }
}

extension Request {
  /// Each address, and by which methods it is asked for; those of teaching also where nobody teaches.
  static let methods = TeachRoutes.methods.merging(
    Route.allCases.map { ($0.rawValue, $0.methods) }
  ) { $1 }
}

extension LiveServer {
  /// Each address, and by which methods it is asked for.
  package static var routes: [String: [String]] {
    Request.methods.mapValues { $0.map(\.rawValue) }
  }
}
