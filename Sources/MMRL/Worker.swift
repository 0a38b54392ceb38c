internal import Basics
internal import Classification
internal import Imaging
internal import Inference

/// Takes pictures from wherever they are to what is made of them, on one thread at a time.
final class Worker {
  private var preparer: ImagePreparer
  /// What answers on the worker's thread alone, made when it is first needed.
  private var own: Classifier?

  init(_ preprocessing: Preprocessing, _ reading: ImageReading) {
    preparer = ImagePreparer(preprocessing, reading)
  }

  /// What answers on this thread alone.
  func classifier(of model: Model) -> Classifier {
    let classifier = own ?? model.shared.with { $0.onOneThread() }
    own = classifier
    return classifier
  }

  /// What the engine takes of a picture.
  func prepare(_ picture: Picture) -> Result<PreparedImage.Crop, MMRLError> {
    switch picture.content {
    case .path(let path):
      do throws(SystemError) {
        let file = try PatientReading.attempt { () throws(SystemError) in
          try FileBytes.read(path)
        }
        return prepare(file).mapError {
          MMRLError(.picture, "\(path.text): \($0)")
        }
      } catch {
        return .failure(MMRLError(.file, "\(path.text): \(error)"))
      }
    case .file(let file): return prepare(file)
    case .pixels(let pixels, let stride, let width, let height):
      return preparer.prepare(
        pixels: pixels.span, stride: stride, width: width, height: height
      ).mapError(MMRLError.init)
    case .lentFile(let bytes):
      return bytes.with { preparer.prepare($0).mapError(MMRLError.init) }
    case .lentPixels(let bytes, let stride, let width, let height):
      return bytes.withNumbers {
        preparer.prepare(pixels: $0, stride: stride, width: width, height: height)
          .mapError(MMRLError.init)
      }
    }
  }

  private func prepare(_ file: [UInt8]) -> Result<PreparedImage.Crop, MMRLError> {
    preparer.prepare(RawSpan(_elements: file.span)).mapError(MMRLError.init)
  }
}

extension MMRLError {
  fileprivate init(_ fault: ImageQueue.Fault) { self.init(.picture, fault.reason) }
}

extension Model {
  /// What `body` makes of each picture's crop, in their order, or why a picture cannot be read.
  func each<Value: Sendable>(
    of pictures: [Picture],
    _ body: @escaping @Sendable (Classifier, PreparedImage.Crop) -> Value
  ) -> [Result<Value, MMRLError>] {
    // Fewer pictures than threads: all threads share each pass.
    guard pictures.count >= engine.threads, engine.threads > 1 else {
      return withWorker { worker in
        pictures.map { picture in
          worker.prepare(picture).map { crop in shared.with { body($0, crop) } }
        }
      }
    }
    let job = Job<Value>(pictures)
    for _ in 1..<engine.threads {
      job.begin()
      do {
        try DetachedThread.start { self.work(on: job, body) }
      } catch {
        // The others do without it.
        job.end()
      }
    }
    job.begin()
    work(on: job, body)
    return job.results()
  }

  private func work<Value: Sendable>(
    on job: Job<Value>, _ body: (Classifier, PreparedImage.Crop) -> Value
  ) {
    withWorker { worker in
      while let (index, picture) = job.next() {
        let result = worker.prepare(picture).map { body(worker.classifier(of: self), $0) }
        job.deliver(result, of: index)
      }
    }
    job.end()
  }

  /// Calls `body` with a worker that nobody else has.
  private func withWorker<Result>(_ body: (Worker) -> Result) -> Result {
    let worker =
      idle.with { $0.popLast() }
      ?? Worker(preprocessing, options.reading)
    defer {
      idle.with { idle in if idle.count < engine.threads { idle.append(worker) } }
    }
    return body(worker)
  }
}

/// Pictures that several threads take one by one, and what comes of them.
private final class Job<Value: Sendable>: Sendable {
  private struct State {
    var taken = 0
    var working = 0
    var results: [Result<Value, MMRLError>?]
  }

  private let pictures: [Picture]
  private let state: Monitor<State>

  init(_ pictures: [Picture]) {
    self.pictures = pictures
    state = Monitor(State(results: Array(repeating: nil, count: pictures.count)))
  }

  /// One thread more is at work.
  func begin() { state.with { $0.working += 1 } }

  /// One thread less is.
  func end() { state.with { $0.working -= 1 } }

  /// A picture that nobody has taken.
  func next() -> (index: Int, picture: Picture)? {
    state.with { state in
      guard state.taken < pictures.count else { return nil }
      defer { state.taken += 1 }
      return (state.taken, pictures[state.taken])
    }
  }

  func deliver(_ result: Result<Value, MMRLError>, of index: Int) {
    state.with { $0.results[index] = result }
  }

  /// What came of all pictures, once no thread is at work.
  func results() -> [Result<Value, MMRLError>] {
    state.when({ $0.working == 0 }) { $0.results.compactMap(\.self) }
  }
}
