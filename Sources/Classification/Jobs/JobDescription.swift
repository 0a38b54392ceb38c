internal import Basics
internal import FoundationEssentials

/// What a file of records is made of: the line before them, by which it is told whether a run may go on with it.
package struct JobDescription: Codable, Sendable, Equatable {
  /// The program with its version: another one may score otherwise.
  package var program: String
  /// The model's ``ModelReader/fingerprint``, in hexadecimal.
  package var model: String
  /// The places of the images, as they were given: records have their paths by these.
  package var inputs: [String]
  /// All that changes which records there are, or what they say, as it would be typed; what is not named is as usual.
  package var options: [String]

  /// A description.
  package init(program: String, model: String, inputs: [String], options: [String]) {
    self.program = program
    self.model = model
    self.inputs = inputs
    self.options = options
  }

  private struct Line: Codable {
    var job: JobDescription
  }

  /// As the first line of a file, without its end: `{"job": {...}}`.
  var line: [UInt8] { Array(Line(job: self).json.utf8) }

  /// Reads the first line of a file; nil where that is no description.
  init?(line: [UInt8]) {
    guard let read = try? JSONDecoder().decode(Line.self, from: Data(line)) else { return nil }
    self = read.job
  }

  /// What is different in this run, in words; nil where nothing is.
  func difference(in run: JobDescription) -> String? {
    func words(_ texts: [String]) -> String {
      texts.isEmpty ? "no options" : texts.joined(separator: " ")
    }
    if program != run.program { return "by \(program), and this is \(run.program)" }
    if model != run.model { return "with another model, or that model as it was then" }
    if inputs != run.inputs { return "of \(words(inputs)), not of \(words(run.inputs))" }
    if options != run.options { return "with \(words(options)), not with \(words(run.options))" }
    return nil
  }
}
