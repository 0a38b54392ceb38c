import ArgumentParser
import FoundationEssentials

/// The options of a command as its own description has them: what a configuration file may say.
struct OptionTable {
  /// An option.
  struct Option {
    /// The long ones; the first is its own, others mean the same or the opposite.
    var names: [String]
    var isFlag: Bool
    var isRepeating: Bool
    /// What its value is called.
    var valueName: String

    /// Whether its value is the name of a file, a folder or a device.
    var isPath: Bool {
      ["file", "folder", "file.mmrl", "file.npy", "device|address", "source"].contains(valueName)
    }
    /// Whether its value is a name and something about that.
    var isPair: Bool { valueName.contains("=") }
  }

  private struct Description: Decodable {
    struct Command: Decodable { var arguments: [Argument]? }
    struct Argument: Decodable {
      struct Name: Decodable {
        var kind: String
        var name: String
      }
      var kind: String
      var isRepeating: Bool
      var names: [Name]?
      var valueName: String?
    }
    var command: Command
  }

  /// By all of their long names.
  private var options: [String: Option] = [:]
  /// Long names by short ones.
  private var short: [String: String] = [:]

  /// The options of a command but for some.
  init(of type: any ParsableArguments.Type, leavingOut others: Set<String>) {
    // It describes itself in JSON, which is ours to read.
    let text = Data(type._dumpHelp().utf8)
    guard let description = try? JSONDecoder().decode(Description.self, from: text) else { return }
    for argument in description.command.arguments ?? [] {
      let names = argument.names ?? []
      let long = names.filter { $0.kind == "long" }.map(\.name)
      guard let first = long.first, others.isDisjoint(with: long) else { continue }
      let option = Option(
        names: long, isFlag: argument.kind == "flag", isRepeating: argument.isRepeating,
        valueName: argument.valueName ?? "")
      for name in long { options[name] = option }
      for name in names where name.kind == "short" { short[name.name] = first }
    }
  }

  /// The option of a long name.
  subscript(name: String) -> Option? { options[name] }

  /// The names that a file may have: not that of an opposite.
  var keys: [String] { options.keys.filter { !$0.hasPrefix("no-") }.sorted() }

  /// Options that words of a command line give, by their first names.
  func given(in words: [String]) -> Set<String> {
    var given: Set<String> = []
    for word in words.prefix(while: { $0 != "--" }) {
      if word.hasPrefix("--") {
        let name = String(word.dropFirst(2).prefix { $0 != "=" })
        if let first = options[name]?.names.first { given.insert(first) }
      } else if word.hasPrefix("-"), let name = short[String(word.dropFirst().prefix(1))] {
        given.insert(name)
      }
    }
    return given
  }
}
