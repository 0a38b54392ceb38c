import ArgumentParser
import Checkpoints
import Glibc
import ModelFile
import Training

/// What a file is: any that the program can read.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Describe a checkpoint, an adapter, features or a model.",
    discussion: """
      The weights' hash is that of the values as float32 under the model's own names, so that the \
      same weights in another format or precision container have the same hash.
      """)

  @Argument(help: ArgumentHelp("The file, or a checkpoint's folder.", valueName: "file"))
  var file: String

  func run() throws {
    do {
      let model = try ModelReader(path: file)
      print(try ModelDescription(model, path: file).text)
      return
    } catch ModelFileError.notAModel {
    } catch ModelFileError.system(_, _, EISDIR) {
    } catch {
      throw ConvertError("\(file): \(error)")
    }
    print(try CheckpointDescription(path: file).text)
  }
}

/// Tensors that differ in numbers only, on one line.
struct TensorGroups {
  private var groups: [(name: String, form: String, count: Int, parameters: Int)] = []

  mutating func add(_ name: String, form: String, shape: [Int]) {
    let pattern = Self.pattern(name)
    let size = shape.reduce(1, *)
    if let index = groups.firstIndex(where: { $0.name == pattern && $0.form == form }) {
      groups[index].count += 1
      groups[index].parameters += size
    } else {
      groups.append((pattern, form, 1, size))
    }
  }

  var parameters: Int { groups.reduce(0) { $0 + $1.parameters } }
  var tensors: Int { groups.reduce(0) { $0 + $1.count } }

  /// Names, forms and counts in columns.
  var lines: [String] {
    let nameWidth = groups.map(\.name.count).max() ?? 0
    let formWidth = groups.map(\.form.count).max() ?? 0
    return groups.map { group in
      "  " + group.name + String(repeating: " ", count: nameWidth - group.name.count + 2)
        + group.form
        + (group.count > 1
          ? String(repeating: " ", count: formWidth - group.form.count + 2) + "x \(group.count)"
          : "")
    }
  }

  /// Numbers between dots become `*`.
  private static func pattern(_ name: String) -> String {
    name.split(separator: ".", omittingEmptySubsequences: false)
      .map { Int($0) == nil ? String($0) : "*" }.joined(separator: ".")
  }
}

/// SHA-256 over names and float32 values.
func weightsHash(_ names: [String], _ values: (String) throws -> [Float]) throws -> String {
  var digest = SHA256()
  for name in names.sorted() {
    digest.update(name)
    digest.update(try values(name))
  }
  return digest.hexadecimal()
}
