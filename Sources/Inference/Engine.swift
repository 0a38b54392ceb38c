import CKernels
public import ModelFile

/// A model ready to run: weights packed for an instruction set, and the threads that share the work.
///
/// Immutable; sessions made from it hold all that changes. Their forward passes take turns on the
/// engine's threads, except for those of ``makeSingleThreadSession(maximumBatch:)``.
public final class Engine: Sendable {
  /// What the model is.
  public let manifest: Manifest
  /// The instruction set in use.
  public let instructionSet: InstructionSet
  /// Threads of a forward pass, the caller's included.
  public let threads: Int
  /// Bytes of the packed weights.
  public var weightBytes: Int { weights.byteCount }
  /// Bytes of one crop, `S · S · 3`.
  public var imageBytes: Int { 3 * manifest.geometry.imageSize * manifest.geometry.imageSize }

  let kernels: Kernels
  let pool: ThreadPool
  let plan: TowerPlan
  let weights: TowerWeights
  let constants: TokenConstants
  let labels: [LabelFeatures]
  let distances: LabelDistances?
  /// Unit text features of everyday words, `[V, E]`; empty where the model has none.
  private let words: [Float]
  /// log2(e) / sqrt(head dimension).
  let scoreScale: Float

  /// Loads a model.
  ///
  /// - Parameters:
  ///   - model: read here in full, not needed afterwards.
  ///   - instructionSet: nil for what ``InstructionSet/preferred()`` says.
  ///   - threads: nil for as many as this process may use.
  /// - Throws: what is wrong with the model, or which demand this machine cannot meet.
  public init(
    _ model: ModelReader, instructionSet: InstructionSet? = nil, threads: Int? = nil
  ) throws(InferenceError) {
    let instructionSet =
      if let instructionSet { instructionSet } else {
        try InstructionSet.preferred()
      }
    try Self.check(model.manifest.geometry)
    manifest = model.manifest
    self.instructionSet = instructionSet
    kernels = try Kernels(instructionSet)
    pool = try ThreadPool(count: threads)
    self.threads = pool.count
    let geometry = model.manifest.geometry
    scoreScale = 0x1.715476p+0 / Float(geometry.width / geometry.heads).squareRoot()
    plan = TowerPlan(model.manifest)
    weights = try TowerWeights(model, kernels: kernels, pool: pool)
    constants = TokenConstants(model.manifest, plan: plan, weights: weights, kernels: kernels)
    labels = try LabelFeatures.all(of: model)
    do throws(ModelFileError) {
      distances = try LabelDistances(model, kernels: kernels)
      words = try model.wordFeatures()
    } catch {
      throw .model(error)
    }
  }

  /// The features of those everyday words that mean none of some labels, `[V, E]`.
  ///
  /// - Parameter texts: unit text features of the labels, `[C, E]`.
  /// - Returns: unit text features of words.
  public func words(apartFrom texts: [Float]) -> [Float] {
    let columns = manifest.geometry.embedDim
    let dot = unsafe kernels.table.pointee.dot
    let apart = unsafe words.withUnsafeBufferPointer { words in
      unsafe texts.withUnsafeBufferPointer { texts in
        Manifest.Answer.wordsApart(words.count / columns, from: texts.count / columns) {
          guard let word = words.baseAddress, let text = texts.baseAddress else { return 0 }
          return unsafe dot(word + $0 * columns, text + $1 * columns, columns)
        }
      }
    }
    return apart.flatMap { words[$0 * columns..<($0 + 1) * columns] }
  }

  /// Scratch memory for batches of up to `maximumBatch` images.
  public func makeSession(maximumBatch: Int = 1, profiling: Bool = false) -> Session {
    Session(self, pool: pool, maximumBatch: maximumBatch, profiling: profiling)
  }

  /// The same for passes on the calling thread alone, beside those of other sessions.
  ///
  /// Many images are done sooner by such a session on each thread than by all threads together: nobody
  /// waits for anybody. One image is not.
  public func makeSingleThreadSession(maximumBatch: Int = 1) -> Session {
    Session(self, pool: .callerAlone(), maximumBatch: maximumBatch, profiling: false)
  }

  /// Bounds under which no 32-bit sum can overflow and every row is whole vectors.
  private static func check(_ geometry: Manifest.Geometry) throws(InferenceError) {
    func require(_ holds: Bool, _ what: String) throws(InferenceError) {
      guard holds else { throw .unsupportedGeometry(what) }
    }
    try require(
      geometry.width.isMultiple(of: 16) && geometry.width <= 8192,
      "width \(geometry.width) (a multiple of 16 up to 8192 is needed)")
    try require(
      geometry.mlpWidth.isMultiple(of: 16) && geometry.mlpWidth <= 32768,
      "MLP width \(geometry.mlpWidth) (a multiple of 16 up to 32768 is needed)")
    try require(
      3 * geometry.patchSize * geometry.patchSize <= 32768,
      "patches of \(geometry.patchSize) pixels (at most 104)")
    let rows = geometry.tokenCount + 1 + geometry.patches
    try require(rows <= 16384, "\(rows) rows an image (at most 16384)")
  }
}
