import ArgumentParser
import Basics
import Capture
import Classification
import FoundationEssentials
import Glibc
import ModelFile
import YAML

/// A YAML file of options by their names, and of cameras with options of their own.
///
/// What it says goes to the options before what the command line says, so that there is one set of rules.
struct ConfigurationFile {
  /// A camera.
  struct Camera {
    var place: YAMLNode.Place
    var settings: [Setting] = []
  }

  /// As it was named.
  let path: String
  /// Options of the whole.
  private(set) var settings: [Setting] = []
  private(set) var cameras: [Camera] = []
  /// What is wrong with it by itself.
  private(set) var faults: [YAMLFault] = []
  /// Whether users of this machine can read it who are neither its owner nor of its group.
  private let isOpen: Bool

  /// Options that are no settings.
  private static let notInFiles: Set<String> = [
    "config", "configured-camera", "list", "mqtt-forget", "help", "version",
  ]
  static let table = OptionTable(of: ClassifyCommand.self, leavingOut: notInFiles)
  private static let cameraTable = OptionTable(
    of: CameraSettings.self, leavingOut: CameraSettings.notInFiles)
  private static let camerasKey = "cameras"
  private static let sourceKey = "source"

  /// Reads a file.
  ///
  /// - Throws: when it cannot be read; what is wrong in it are ``faults``.
  init(path: String) throws {
    self.path = path
    var status = stat()
    isOpen = unsafe stat(path, &status) == 0 && status.st_mode & S_IROTH != 0
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try FileBytes.read(PathName(path), limit: YAMLDocument.longest)
    } catch {
      guard error.code == EFBIG else { throw Unreadable(path: path, error: error) }
      faults = [YAMLFault(nil, "it is larger than \(YAMLDocument.longest >> 20) MB")]
      return
    }
    let document = YAMLDocument(bytes)
    faults = document.faults
    guard let root = document.root, !root.isEmpty else { return }
    guard case .mapping(let entries) = root.content else {
      if root.content != .nothing {
        faults.append(YAMLFault(root.place, "names with values are expected, as serve: 8080"))
      }
      return
    }
    for entry in entries {
      if entry.key == Self.camerasKey {
        readCameras(entry.value)
      } else {
        settings += read(entry, Self.table, besides: [Self.camerasKey])
      }
    }
  }

  private mutating func readCameras(_ list: YAMLNode) {
    guard case .list(let items) = list.content, !items.isEmpty else {
      faults.append(YAMLFault(list.place, "cameras is a list: - source: /dev/video0"))
      return
    }
    for item in items {
      guard case .mapping(let entries) = item.content else {
        if item.content != .nothing {
          faults.append(YAMLFault(item.place, "a camera has names with values: source: ..."))
        }
        continue
      }
      var camera = Camera(place: item.place)
      for entry in entries where entry.key == Self.sourceKey {
        camera.settings += readSource(entry, hasName: entries.contains { $0.key == "name" })
      }
      for entry in entries where entry.key != Self.sourceKey {
        camera.settings += read(entry, Self.cameraTable, besides: [Self.sourceKey])
      }
      if !entries.contains(where: { $0.key == Self.sourceKey }) {
        faults.append(YAMLFault(item.place, "a camera has a source"))
      }
      cameras.append(camera)
    }
  }

  /// Devices and addresses are cameras, everything else is a stream.
  private mutating func readSource(_ entry: YAMLNode.Entry, hasName: Bool) -> [Setting] {
    guard case .scalar(let text, _) = entry.value.content, !entry.value.isEmpty else {
      faults.append(YAMLFault(entry.value.place, "source takes one device, address or file"))
      return []
    }
    let isCamera = text.hasPrefix("/dev/") && text != "/dev/stdin" || text.contains("://")
    let option = isCamera ? "camera" : "stream"
    let path = resolved(text)
    var settings = [
      Setting(
        option: option, place: entry.value.place, value: path, words: ["--\(option)=\(path)"])
    ]
    complainOfSecret(text, at: entry.value.place)
    if path != text, !hasName {
      // It is called as it is written.
      settings.append(
        Setting(option: "name", place: entry.place, value: text, words: ["--name=\(text)"]))
    }
    return settings
  }

  /// What an entry says; nothing where that is a fault.
  private mutating func read(
    _ entry: YAMLNode.Entry, _ table: OptionTable, besides others: [String]
  ) -> [Setting] {
    let (key, value) = (entry.key, entry.value)
    guard let option = table[key], !key.hasPrefix("no-") else {
      let nearest = nearestName(to: key, of: table.keys + others)
      let hint = nearest.map { ": is \($0) meant?" } ?? ""
      faults.append(YAMLFault(entry.place, "there is no \(key.printable)\(hint)"))
      return []
    }
    guard value.content != .nothing else { return [] }
    guard !value.isEmpty else {
      faults.append(YAMLFault(value.place, "\(key) has no value"))
      return []
    }
    let name = option.names[0]
    func setting(_ text: String, _ place: YAMLNode.Place) -> Setting {
      let text = option.isPath ? resolved(text) : text
      return Setting(option: name, place: place, value: text, words: ["--\(name)=\(text)"])
    }
    switch value.content {
    case .scalar(let text, let isPlain) where option.isFlag:
      guard isPlain, let isOn = Self.truths[text] else { break }
      let opposite = table["no-\(name)"] == nil ? [] : ["--no-\(name)"]
      return [
        Setting(
          option: name, place: value.place, value: nil, words: isOn ? ["--\(name)"] : opposite)
      ]
    case .scalar(let text, _):
      if name == "token" { complainOfSecret(at: value.place) }
      complainOfSecret(text, at: value.place)
      return [setting(text, value.place)]
    case .list(let items) where option.isRepeating:
      return items.compactMap { item in
        guard case .scalar(let text, _) = item.content, !item.isEmpty else {
          if item.content != .nothing {
            faults.append(YAMLFault(item.place, "\(key) takes words here, each by itself"))
          }
          return nil
        }
        complainOfSecret(text, at: item.place)
        return setting(text, item.place)
      }
    case .mapping(let pairs) where option.isPair:
      return pairs.compactMap { pair in
        guard case .scalar(let text, _) = pair.value.content, !pair.value.isEmpty else {
          faults.append(YAMLFault(pair.value.place, "\(key) takes one value here"))
          return nil
        }
        return setting("\(pair.key)=\(text)", pair.place)
      }
    default: break
    }
    let wanted =
      option.isFlag
      ? "is true or false"
      : option.isPair
        ? "takes names with values: \(option.valueName.replacing("=", with: ": "))"
        : option.isRepeating ? "takes a value, or a list of them" : "takes one value"
    faults.append(YAMLFault(value.place, "\(key) \(wanted)"))
    return []
  }

  private static let truths = [
    "true": true, "True": true, "TRUE": true, "false": false, "False": false, "FALSE": false,
  ]

  /// Paths are meant from where the file is.
  private func resolved(_ text: String) -> String {
    guard text != "-", !text.hasPrefix("/"), !text.contains("://"),
      let slash = path.lastIndex(of: "/")
    else { return text }
    return path[...slash] + text
  }

  /// An address may have a password in it.
  private mutating func complainOfSecret(_ text: String, at place: YAMLNode.Place) {
    if URLAddress(text)?.user?.contains(":") == true { complainOfSecret(at: place) }
  }

  private mutating func complainOfSecret(at place: YAMLNode.Place) {
    guard isOpen else { return }
    faults.append(
      YAMLFault(
        place,
        "every user of this machine can read this secret (chmod o-r '\(path)'; a token may be in $MMRL_TOKEN)"
      ))
  }

  /// The file cannot be read.
  private struct Unreadable: Error, CustomStringConvertible {
    var path: String
    var error: SystemError

    var description: String { "\(path): \(error)" }
  }
}

extension ConfigurationFile {
  /// The file that a command line names, if it does.
  ///
  /// - Throws: `ValidationError` when there are two.
  static func path(in words: [String]) throws -> String? {
    let subcommands = MMRLRun.configuration.subcommands.compactMap { command in
      command.configuration.commandName
    }
    let words = words.prefix { $0 != "--" }
    guard let first = words.first, !first.isEmpty, !subcommands.contains(first),
      !words.contains(where: ["--help", "-h", "--help-hidden", "--version"].contains)
    else { return nil }
    var paths: [String] = []
    for (index, word) in words.enumerated() {
      if word == "--config", index + 1 < words.count {
        paths.append(words[index + 1])
      } else if word.hasPrefix("--config=") {
        paths.append(String(word.dropFirst("--config=".count)))
      }
    }
    guard paths.count < 2 else { throw ValidationError("There can be one --config.") }
    return paths.first.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// What the file and a command line come to, of which the command line's options win.
  ///
  /// - Parameter words: of the command line; none to check the file by itself.
  /// - Returns: the words that stand for both, and what is wrong in the file; not what is wrong with the command line.
  func arguments(with words: [String]) -> (words: [String], faults: [YAMLFault]) {
    var faults = self.faults
    let given = Self.table.given(in: words)
    let isWatchingOthers = !given.isDisjoint(with: ["camera", "stream"])
    var rest = settings.filter {
      !given.contains($0.option)
        && !(isWatchingOthers && ["camera", "stream"].contains($0.option))
    }
    var cameras: [Camera] = []
    for var camera in isWatchingOthers ? [] : self.cameras {
      camera.settings.removeAll { given.contains($0.option) }
      guard camera.settings.contains(where: { ["camera", "stream"].contains($0.option) }) else {
        continue
      }
      let (found, other) = camera.settings.check(
        { _ = try CameraSettings.parse($0) }, text: CameraSettings.message)
      faults += found
      if let other {
        faults.append(YAMLFault(camera.place, OptionNames.bare(CameraSettings.message(for: other))))
      } else {
        cameras.append(camera)
      }
    }
    faults += Self.repetitions(in: cameras)
    let single = rest.first { ["camera", "stream"].contains($0.option) }
    if !cameras.isEmpty, let single {
      faults.append(YAMLFault(single.place, "\(single.option) and cameras exclude each other"))
      cameras = []
    }
    let described = cameras.map { "--configured-camera=\($0.settings.flatMap(\.words).json)" }
    let (found, other) = rest.check(
      besides: given.union(OptionNames.all(in: words.joined(separator: " "))),
      { _ = try ClassifyCommand.parse($0 + described + words) }, text: ClassifyCommand.message)
    faults += found
    let all = rest.flatMap(\.words) + described + words
    if let other {
      if words.isEmpty {
        faults.append(YAMLFault(nil, OptionNames.bare(ClassifyCommand.message(for: other))))
      }
    } else if faults.isEmpty, let command = try? ClassifyCommand.parse(all) {
      faults = labelFaults(command, rest, cameras, isAlone: words.isEmpty)
    }
    return (all, faults)
  }

  /// Names and topics that two cameras have.
  private static func repetitions(in cameras: [Camera]) -> [YAMLFault] {
    var lines: [String: Int] = [:]
    var faults: [YAMLFault] = []
    for camera in cameras {
      func note(_ kind: String, _ value: String, _ place: YAMLNode.Place) {
        if let line = lines["\(kind) \(value)"] {
          faults.append(
            YAMLFault(
              place,
              "there are two cameras of the \(kind) \(value), the first one is in line \(line)"))
        }
        lines["\(kind) \(value)"] = lines["\(kind) \(value)"] ?? place.line
      }
      let own = camera.settings.first { $0.option == "name" }
      let source = camera.settings.first { ["camera", "stream"].contains($0.option) }
      if let own, let name = own.value {
        note("name", name, own.place)
      } else if let source, let path = source.value {
        note("name", URLAddress(path)?.name ?? path, source.place)
      }
      if let topic = camera.settings.first(where: { $0.option == "topic" }), let name = topic.value
      {
        note("topic", name, topic.place)
      }
    }
    return faults
  }

  /// Labels that the model does not have.
  private func labelFaults(
    _ command: ClassifyCommand, _ settings: [Setting], _ cameras: [Camera], isAlone: Bool
  ) -> [YAMLFault] {
    // What is taught on the page may come.
    guard command.server.teach == nil else { return [] }
    let sets: [LabelSet]
    if command.names.labels.isEmpty {
      do {
        let path = try ModelLocation.find(named: command.model.model)
        sets = try ModelOptions.read(path) { model in
          model.manifest.labelSets.filter { command.results.labels.kinds.contains($0.kind) }
            .map { LabelSet(kind: $0.kind, labels: $0.labels, head: .class) }
        }
      } catch {
        // A model of the command line is not the file's fault; it is complained of later.
        let place = settings.first { $0.option == "model" }?.place
        return isAlone || place != nil ? [YAMLFault(place, "model: \(error)")] : []
      }
    } else {
      sets = [LabelSet(kind: .novel, labels: command.names.labels, head: .class)]
    }
    func fault(_ setting: Setting, _ options: [String]) -> YAMLFault? {
      guard options.contains(setting.option), let value = setting.value else { return nil }
      let label = LabelThreshold(argument: value).map(\.label)
      let name = setting.option == "threshold" ? label ?? value : value
      let isUnknown = setting.option == "ignore" && Answer.isUnknown(name)
      guard !isUnknown, sets.places(of: name).isEmpty else { return nil }
      return YAMLFault(setting.place, "\(setting.option): \(NoSuchLabel(name, in: sets))")
    }
    return settings.compactMap { fault($0, ["threshold", "ignore"]) }
      + cameras.flatMap(\.settings).compactMap { fault($0, ["threshold", "ignore", "label"]) }
  }

  /// Faults as compilers say them, in the file's order.
  func lines(_ faults: [YAMLFault]) -> [String] {
    let first = YAMLNode.Place(line: 0, column: 0)
    return faults.sorted { ($0.place ?? first) < ($1.place ?? first) }.map { fault in
      "\(path):\(fault.place.map { "\($0):" } ?? "") \(fault.reason)"
    }
  }
}
