import NIOCore
import NIOHTTP1

/// The page that people look at: one document, in which nothing comes from elsewhere.
struct Page {
  private static let nonceMark = "{{nonce}}"
  private let parts: [Substring]

  /// The page; what teaches, shows kept pictures or chooses what is looked at only where that can be.
  init(teaches: Bool, saves: Bool, crops: Bool) {
    func text(_ parts: [UInt8]...) -> String { String(decoding: parts.joined(), as: UTF8.self) }
    func teaching(_ part: [UInt8]) -> [UInt8] { teaches ? part : [] }
    let document = text(PackageResources.page_html)
      .replacing("{{teach}}", with: text(teaching(PackageResources.teach_html)))
      .replacing("{{crop}}", with: crops ? text(PackageResources.crop_html) : "")
      .replacing("{{recent}}", with: text(PackageResources.recent_html))
      .replacing("{{saved}}", with: saves ? text(PackageResources.saved_html) : "")
      .replacing(
        "{{style}}",
        with: text(
          PackageResources.page_css, PackageResources.crop_css, PackageResources.recent_css,
          teaching(PackageResources.teach_css))
      )
      .replacing(
        "{{script}}",
        with: text(
          PackageResources.page_js, PackageResources.crop_js, PackageResources.recent_js,
          teaching(PackageResources.teach_js)))
    parts = document.split(separator: Self.nonceMark, omittingEmptySubsequences: false)
  }

  /// What those see who come to the page without its token, or with a wrong one.
  static func signIn(after refusal: Request.Refusal) -> Response {
    let problem = refusal.hasWrongToken ? "<p role=\"alert\">That is not the token." : ""
    var response = Response(
      status: .unauthorized, type: "text/html; charset=utf-8",
      text: String(decoding: PackageResources.sign_in_html, as: UTF8.self)
        .replacing("{{problem}}", with: problem))
    response.headers.append(
      ("Content-Security-Policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'"))
    response.closes = true
    return response
  }

  /// The page; only the scripts and styles that carry this answer's word may run.
  func response() -> Response {
    let nonce =
      String(UInt64.random(in: .min ... .max), radix: 36)
      + String(UInt64.random(in: .min ... .max), radix: 36)
    var response = Response(
      type: "text/html; charset=utf-8", text: parts.joined(separator: nonce))
    response.headers.append(
      (
        "Content-Security-Policy",
        """
        default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)'; \
        img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; \
        frame-ancestors 'none'
        """
      ))
    return response
  }
}
