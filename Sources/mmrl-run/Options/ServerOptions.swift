import ArgumentParser
import Glibc
import LiveServer

/// Whether others may look on.
struct ServerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Page, POST /classify, /openapi.json at 127.0.0.1:8080.", valueName: "address"))
  var serve: ServerAddress?

  @Option(
    help: ArgumentHelp(
      """
      What clients must know, 16 characters or more; better in $MMRL_TOKEN. Needed if other machines can connect.
      """))
  var token: String?

  @Option(
    help: ArgumentHelp(
      "A proxy's name to answer by, too; may be repeated.", valueName: "name"))
  var serveHost: [HostName] = []

  @Option(
    help: ArgumentHelp("Let the page teach labels by photos kept there.", valueName: "folder"))
  var teach: String?

  /// The most pixels of images that clients send, unless another limit is asked for: progressive JPEGs take up to 6 bytes for each.
  static let usualPixelLimit = 64_000_000

  /// The token in effect.
  var effectiveToken: AccessToken? { tokenText.flatMap(AccessToken.init) }

  private var tokenText: String? {
    if let token { return token }
    return unsafe getenv("MMRL_TOKEN").map { unsafe String(cString: $0) }
  }

  func validate() throws {
    guard let serve else {
      if token != nil { throw ValidationError("--token is about --serve.") }
      if !serveHost.isEmpty { throw ValidationError("--serve-host is about --serve.") }
      if teach != nil { throw ValidationError("--teach is about --serve: the page teaches.") }
      return
    }
    if tokenText != nil, effectiveToken == nil {
      throw ValidationError(
        "A token has \(AccessToken.shortest) characters or more: letters, digits, signs, no spaces."
      )
    }
    guard serve.isLoopback || effectiveToken != nil else {
      throw ValidationError(
        """
        Other machines can connect to \(serve): give a --token, or MMRL_TOKEN in the environment, or serve at \
        127.0.0.1:\(serve.port).
        """)
    }
    guard teach == nil || effectiveToken != nil else {
      throw ValidationError(
        "--teach changes things, so that clients must know a --token, or MMRL_TOKEN in the environment."
      )
    }
    guard teach != "" else { throw ValidationError("--teach takes the name of a folder.") }
  }

  /// The options that were used.
  var given: [String] { serve == nil ? [] : ["--serve"] }
}

extension HostName: ExpressibleByArgument {
  /// A name as cam.example.org.
  package init?(argument: String) { self.init(argument) }
}

extension ServerAddress: ExpressibleByArgument {
  /// An address as 127.0.0.1:8080.
  package init?(argument: String) { self.init(argument) }
}
