import Capture

/// What was found in a frame, for all who want to know.
struct LiveResult {
  /// Which of the sources.
  let index: Int
  let source: any FrameSource
  let info: FrameInfo
  let classification: Record.Classification
  /// The best labels of those sets whose label has changed with this frame.
  let changes: [ScoredLabel]
  /// Frames of this source that were not classified, since the start.
  let droppedSoFar: Int

  /// As a record; `dropped` is what is said of frames that passed.
  func record(dropped: Int) -> Record { LiveRecord.make(self, dropped: dropped) }
}

/// Takes what is found: a printer, a server, a command to run.
protocol LiveSink: AnyObject {
  /// Takes a frame's result, at once; false when the program should end.
  func take(_ result: LiveResult) -> Bool
}
