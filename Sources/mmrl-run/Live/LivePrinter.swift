/// Prints records on stdout: of all frames, or of those that changed a label.
final class LivePrinter: LiveSink {
  private let output: LiveOutput
  private let format: any RecordFormat
  private let onlyChanges: Bool
  /// Frames that the records so far tell to have passed, source by source.
  private var said: [Int]

  init(_ output: LiveOutput, _ format: any RecordFormat, onlyChanges: Bool, sourceCount: Int) {
    self.output = output
    self.format = format
    self.onlyChanges = onlyChanges
    said = Array(repeating: 0, count: sourceCount)
  }

  /// Writes what stands before the records; false when nobody reads.
  func start() -> Bool { output.write(format.header) }

  func take(_ result: LiveResult) -> Bool {
    guard !onlyChanges || !result.changes.isEmpty else { return true }
    let dropped = result.droppedSoFar - said[result.index]
    said[result.index] = result.droppedSoFar
    return output.write(format.line(for: result.record(dropped: dropped)))
  }
}
