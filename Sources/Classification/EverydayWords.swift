internal import ModelFile

/// Names of whatever else an image may show, which the labels are compared with.
package enum EverydayWords {
  /// The words that mean none of the labels.
  ///
  /// - Parameters:
  ///   - words: unit text features `[V, E]`.
  ///   - labels: unit text features `[C, E]`.
  ///   - columns: E.
  /// - Returns: the features of those words.
  package static func meaningOthers(_ words: [Float], than labels: [Float], columns: Int) -> [Float]
  {
    var kept: [Float] = []
    for word in stride(from: 0, to: words.count, by: columns) {
      let isOther = stride(from: 0, to: labels.count, by: columns).allSatisfy { label in
        var cosine: Float = 0
        for column in 0..<columns { cosine += words[word + column] * labels[label + column] }
        return cosine < Manifest.Answer.sameMeaning
      }
      if isOther { kept += words[word..<word + columns] }
    }
    return kept
  }
}
