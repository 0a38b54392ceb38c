public import ArgumentParser
import CLIPModel

/// The settings of an adapter: of one that is trained, or that a published file does not carry.
struct AdapterSettingsOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Representation layers, counted from 1.", valueName: "6,7,8,..."))
  var layers: LayerList?

  @Option(
    help: ArgumentHelp(
      "Weight of the class head in the fusion.", valueName: "0-1"))
  var alpha: Float?

  @Option(
    help: ArgumentHelp(
      "MMRL++: share of new tokens at later layers; 1 overwrites them (no PRC).", valueName: "0-1"))
  var beta: Float?

  func validate() throws {
    for (name, value) in [("--alpha", alpha), ("--beta", beta)] {
      if let value, !(0...1).contains(value) { throw ValidationError("\(name) takes 0 to 1.") }
    }
  }

  /// The names of the options that were given.
  var given: [String] {
    [("--layers", layers != nil), ("--alpha", alpha != nil), ("--beta", beta != nil)]
      .filter(\.1).map(\.0)
  }
}

/// An adapter that was trained before.
struct AdapterOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "An MMRL or MMRL++ adapter: model.pth.tar-N of the published trainers, or ours.",
      valueName: "file"))
  var adapter: String?
}

/// The kind of an adapter.
struct MethodOption: ParsableArguments {
  @Option(help: "The kind of adapter; else what --adapter has, and mmrl++ to --train.")
  var method: AdapterMethod?
}

extension AdapterSource {
  /// The adapter that options name, if they do.
  ///
  /// - Throws: when there are settings without an adapter.
  init?(_ option: AdapterOption, _ method: MethodOption, _ settings: AdapterSettingsOptions) throws
  {
    guard let path = option.adapter else {
      let given = (method.method == nil ? [] : ["--method"]) + settings.given
      guard given.isEmpty else {
        throw ValidationError("\(given[0]) is a setting of an adapter: name one with --adapter.")
      }
      return nil
    }
    self.init(
      path: path, method: method.method, layers: settings.layers?.numbers, alpha: settings.alpha,
      beta: settings.beta)
  }
}

/// Ascending numbers from 1, written `6,7,8`.
struct LayerList: ExpressibleByArgument {
  let numbers: [Int]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }
    guard numbers.count == parts.count, numbers.allSatisfy({ $0 > 0 }),
      zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 })
    else { return nil }
    self.numbers = numbers
  }
}

extension AdapterMethod: ExpressibleByArgument {}
