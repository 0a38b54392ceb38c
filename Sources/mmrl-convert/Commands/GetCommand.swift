import ArgumentParser
import Basics
import Downloads

/// Fetches a published checkpoint into the user's cache.
struct GetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get", abstract: "Fetches a published CLIP by its name.",
    discussion: """
      mmrl-convert get openai/clip-vit-base-patch16
      mmrl-convert openai/clip-vit-base-patch16 --known labels.txt -o my.mmrl

      Without a name it lists those that are known, with their sizes and licences; any other CLIP of \
      the model hub can be fetched as owner/model. The files come from huggingface.co or from \
      $HF_ENDPOINT, by the proxy of $https_proxy, into mmrl/checkpoints in $XDG_CACHE_HOME or \
      ~/.cache, and are checked by their SHA-256: of OpenAI's first three it is known beforehand, of \
      others the server states it. What broke off is gone on with by the same command. Prints the \
      folder.
      """,
    helpNames: .help)

  @Argument(
    help: ArgumentHelp(
      "The name, as openai/clip-vit-base-patch16 or ViT-B/16.", valueName: "name"))
  var name: String?

  func run() throws {
    guard let name else { return print(FetchedCheckpoint.table) }
    if let known = PublishedCheckpoint.named(name) {
      Message.say("\(known.name): \(known.bytes.megabytes), licence: \(known.licence)")
    } else if CheckpointCache.isName(name) {
      Message.say("\(name): its page on the model hub says what its licence is")
    }
    var line = FetchLine()
    print(try CheckpointCache().fetch(name, agent: Version.userAgent) { line.show($0) })
  }
}

/// How far a file is, on one line of a terminal that is rewritten.
private struct FetchLine {
  private var name = ""
  private var lastShown: ContinuousClock.Instant?

  mutating func show(_ event: CheckpointCache.Event) {
    switch event {
    case .file(let name, _):
      self.name = name
    case .bytes(let count, let total):
      guard Message.isSeen, lastShown.map({ .now - $0 > .milliseconds(100) }) ?? true else {
        return
      }
      lastShown = .now
      let of = total.map { " of \($0.megabytes)" } ?? ""
      let room = max(1, (Terminal.columnsOfMessages ?? 80) - 1)
      Message.write("\r\("\(name): \(count.megabytes)\(of)".cut(to: room))\u{1B}[K")
    case .checked(let name, let isChecked):
      if lastShown != nil { Message.write("\r\u{1B}[K") }
      lastShown = nil
      Message.say("\(name): \(isChecked ? "there, its SHA-256 is right" : "there")")
    }
  }
}
