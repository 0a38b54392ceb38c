import ArgumentParser
import Basics
import Classification
import Labelling
import ModelFile

/// `mmrl-run labels MODEL`: what a model can tell apart, and changes to it.
struct LabelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "labels",
    abstract: "Show a model's labels; add labels by name, remove, rename them.",
    usage: """
      mmrl-run labels <model.mmrl>
      mmrl-run labels <model.mmrl> add <name> ... [--prompt <text> ...] [-o <file.mmrl>]
      mmrl-run labels <model.mmrl> remove <name> ... [-o <file.mmrl>]
      mmrl-run labels <model.mmrl> rename <old> <new> [-o <file.mmrl>]
      """,
    discussion: """
      mmrl-run labels my.mmrl add scissors "red mug"
      mmrl-run labels my.mmrl add cat --prompt "a drawing of a {}" --prompt "a sketch of a {}"
      mmrl-run labels my.mmrl add "my mug" --prompt "a photo of a chipped red mug"

      Each label is on a line, behind its set: learnt (known) or by name (novel). To add labels, the model has to carry its text tower (mmrl-convert ... --with-text). A label with another \
      name is still recognised by what it was; to have another name looked for, remove the label \
      and add that. Without -o the model's file is replaced when the new one is complete.
      """,
    helpNames: .help)

  /// What is done.
  enum Action: String, ExpressibleByArgument, CaseIterable {
    case add
    case remove
    case rename
  }

  @Argument(help: ArgumentHelp("The model.", valueName: "model.mmrl"))
  var model: String

  @Argument(help: "What to do with its labels; without it they are shown.")
  var action: Action?

  @Argument(help: ArgumentHelp("Labels.", valueName: "name"))
  var names: [String] = []

  @Option(
    help: ArgumentHelp(
      "Prompt of what is added, {} is the name; of several the mean (default: the model's own).",
      valueName: "text"))
  var prompt: [String] = []

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The model to write, in place of the one named.", valueName: "file.mmrl"))
  var output: String?

  func validate() throws {
    if action != .add, !prompt.isEmpty { throw ValidationError("--prompt goes with add.") }
    switch action {
    case nil where output != nil: throw ValidationError("-o goes with add, remove and rename.")
    case .add where names.isEmpty: throw ValidationError("Name the labels to add.")
    case .remove where names.isEmpty: throw ValidationError("Name the labels to remove.")
    case .rename where names.count != 2:
      throw ValidationError("rename takes the label's name and the new one.")
    default: break
    }
  }

  func run() throws {
    try Failure.reported { try ModelOptions.read(model, work) }
  }

  private func work(_ reader: ModelReader) throws {
    guard let action else {
      let width = Terminal.columnsOfResults
      for set in reader.manifest.labelSets {
        let origin = set.kind == .known ? "learnt   " : "by name  "
        for label in set.labels {
          let room = width.map { max(8, $0 - origin.count) }
          print(origin + (room.map { label.printable.shortened(to: $0) } ?? label))
        }
      }
      return
    }
    let path = try ModelFilePlace.checked(output ?? model)
    var edit = LabelEdit(reader)
    switch action {
    case .add: try add(to: &edit, of: reader)
    case .remove: try edit.remove(names)
    case .rename: try edit.rename(names[0], to: names[1])
    }
    try edit.write(to: path)
    let count = edit.labels.count
    Message.say("\(path): \(Decimal.counted(count, "label"))")
    if let warning = LabelEdit.warning(ofLabels: edit.labels) { Message.say(warning) }
  }

  private func add(to edit: inout LabelEdit, of reader: ModelReader) throws {
    try edit.check(names)
    let encoded = try LabelEncoder(reader).encode(
      names, templates: prompt.isEmpty ? [edit.template] : prompt)
    for warning in encoded.warnings { Message.say(warning) }
    try edit.add(encoded)
  }
}
