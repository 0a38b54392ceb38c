package import Classification

/// What a teacher is asked for.
package enum TeachingCommand: Sendable {
  /// How things are.
  case report
  /// The labels of the running model.
  case names
  /// The photos of a label.
  case photos(label: String)
  /// A photo's file.
  case photo(String, label: String)
  /// A label without photos yet.
  case addLabel(String)
  /// Another name for a label.
  case renameLabel(String, to: String)
  /// A label and its photos less.
  case removeLabel(String)
  /// Photos less.
  case removePhotos([String], label: String)
  /// Pictures of a label from a source, until there are so many.
  case collect(label: String, count: Int, source: Int)
  /// No more pictures.
  case stopCollecting
  /// Pictures of earlier moments into a label: all of them, or none.
  case keep([EarlierPicture], label: String)
  /// The last change undone.
  case undo
  /// The model taught all photos.
  case learn
}

/// A picture of an earlier moment.
package struct EarlierPicture: Sendable {
  /// When it was taken.
  package var time: WallTime
  /// A JPEG file of what was looked at in it; called on the teacher's thread.
  package var file: @Sendable () throws(TeachingError) -> [UInt8]

  /// A picture.
  package init(time: WallTime, file: @escaping @Sendable () throws(TeachingError) -> [UInt8]) {
    self.time = time
    self.file = file
  }
}

/// What a teacher says.
package enum TeachingReply: Sendable {
  /// A JSON object.
  case json(String)
  /// A JPEG or PNG file.
  case image([UInt8])
}

/// How learning is done, and what comes of it: the program's part.
package struct Learning: Sendable {
  /// Learns, and has the loop take the result; says how many photos are done, of how many.
  package var learn: @Sendable (_ onPhoto: (_ done: Int, _ total: Int) -> Void) throws -> Lesson?
  /// Does what of learning can be done beforehand.
  package var prepare: @Sendable () -> Void
  /// What to say of an error.
  package var text: @Sendable (any Error) -> String
  /// Why the model cannot be taught a label of a name; nil where it can.
  package var refusal: @Sendable (_ label: String) -> String?
  /// Whether the model can be taught labels that it does not have.
  package var takesNewNames: @Sendable () -> Bool
  /// The file of the taught model.
  package var output: String

  /// A way to learn.
  package init(
    output: String,
    learn: @escaping @Sendable ((_ done: Int, _ total: Int) -> Void) throws -> Lesson?,
    prepare: @escaping @Sendable () -> Void = {},
    text: @escaping @Sendable (any Error) -> String = { "\($0)" },
    refusal: @escaping @Sendable (_ label: String) -> String? = { _ in nil },
    takesNewNames: @escaping @Sendable () -> Bool = { true }
  ) {
    self.output = output
    self.learn = learn
    self.prepare = prepare
    self.text = text
    self.refusal = refusal
    self.takesNewNames = takesNewNames
  }
}
