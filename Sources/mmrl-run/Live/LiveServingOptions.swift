import ArgumentParser
import Glibc
import LiveServer

/// Whether others may look on.
struct LiveServingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Serve a page with the picture and its labels at an address, as 127.0.0.1:8080, besides /events, /frame.jpg, \
      /metrics and /healthz.
      """, valueName: "address"))
  var serve: ServerAddress?

  @Option(
    help: ArgumentHelp(
      """
      What clients of --serve must know, 16 characters or more: as Authorization: Bearer, or as ?token= in an address. \
      MMRL_TOKEN in the environment does the same and is not seen in lists of processes. Needed where other machines can \
      connect.
      """))
  var token: String?

  /// The token in effect.
  var effectiveToken: AccessToken? { tokenText.flatMap(AccessToken.init) }

  private var tokenText: String? {
    token ?? getenv("MMRL_TOKEN").map { String(cString: $0) }
  }

  func validate() throws {
    guard let serve else {
      if token != nil { throw ValidationError("--token is about --serve.") }
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
  }
}

extension ServerAddress: ExpressibleByArgument {
  /// An address as 127.0.0.1:8080.
  public init?(argument: String) { self.init(argument) }
}
