internal import CMMRL
internal import MMRL

/// What is behind `mmrl_options`.
final class OptionsHandle {
  var options = Options()
}

/// What is behind `mmrl_model`.
final class ModelHandle {
  let model: Model
  let labels: [CText]
  let warnings: [CText]

  init(_ model: Model) {
    self.model = model
    labels = model.labels.map { CText($0.name) }
    warnings = model.warnings.map(CText.init)
  }
}

/// What is behind `mmrl_pictures`.
final class PicturesHandle {
  var pictures: [Picture] = []
}

/// What is behind `mmrl_answers`.
final class AnswersHandle {
  /// One answer.
  struct Entry {
    let result: Result<Answer, MMRLError>
    let message: CText?
    let labels: [CText]
    let warnings: [CText]

    init(_ result: Result<Answer, MMRLError>) {
      self.result = result
      switch result {
      case .success(let answer):
        message = nil
        labels = answer.labels.map { CText($0.name) }
        warnings = answer.warnings.map(CText.init)
      case .failure(let error):
        message = CText(error.description)
        labels = []
        warnings = []
      }
    }
  }

  let entries: [Entry]

  init(_ results: [Result<Answer, MMRLError>]) { entries = results.map(Entry.init) }

  /// The answer to a picture, if there is one.
  func answer(_ picture: Int) -> Answer? { try? entries.at(picture)?.result.get() }
}

extension Array {
  /// The element at a place, if there is one.
  func at(_ index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

/// A handle of an object, which has one owner more.
func handle(_ object: AnyObject) -> OpaquePointer {
  unsafe OpaquePointer(Unmanaged.passRetained(object).toOpaque())
}

/// The object of a handle; nil of NULL.
func object<Object: AnyObject>(_ handle: OpaquePointer?, _ type: Object.Type) -> Object? {
  unsafe handle.map {
    unsafe Unmanaged<Object>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue()
  }
}

/// The object of a handle that must be there.
func needed<Object: AnyObject>(
  _ handle: OpaquePointer?, _ type: Object.Type, _ name: String
) throws(MMRLError) -> Object {
  guard let object = unsafe object(handle, type) else { throw .null(name) }
  return object
}

/// Takes back an object by its handle.
func release<Object: AnyObject>(_ handle: OpaquePointer?, _ type: Object.Type) {
  guard let handle = unsafe handle else { return }
  unsafe Unmanaged<Object>.fromOpaque(UnsafeRawPointer(handle)).release()
}

/// The bytes of a C string that must be there.
func bytes(_ text: UnsafePointer<CChar>?, _ name: String) throws(MMRLError) -> [UInt8] {
  guard var text = unsafe text else { throw .null(name) }
  var bytes: [UInt8] = []
  while unsafe text.pointee != 0 {
    bytes.append(unsafe UInt8(bitPattern: text.pointee))
    unsafe text += 1
  }
  return bytes
}

/// The text of a C string that must be there.
func text(_ text: UnsafePointer<CChar>?, _ name: String) throws(MMRLError) -> String {
  let bytes = try unsafe bytes(text, name)
  guard let text = String(validating: bytes, as: UTF8.self) else {
    throw .argument("\(name) is not UTF-8")
  }
  return text
}

extension MMRLError {
  /// NULL where there must be something.
  static func null(_ name: String) -> MMRLError { .argument("\(name) is NULL") }
}
