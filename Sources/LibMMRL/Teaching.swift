internal import Basics
public import CMMRL
internal import MMRL

/// See mmrl.h.
@_cdecl("mmrl_teach")
public func mmrlTeach(
  _ model: OpaquePointer?, _ pictures: OpaquePointer?,
  _ labels: UnsafePointer<UnsafePointer<CChar>?>?, _ output: UnsafePointer<CChar>?,
  _ right: UnsafeMutablePointer<Int>?, _ heldOut: UnsafeMutablePointer<Int>?
) -> mmrl_status {
  status { () throws(MMRLError) in
    let model = try unsafe needed(model, ModelHandle.self, "model").model
    let pictures = try unsafe needed(pictures, PicturesHandle.self, "pictures").pictures
    guard let labels = unsafe labels else { throw .null("labels") }
    let output = try unsafe text(output, "output")
    var photos: [String: [Picture]] = [:]
    for (index, picture) in pictures.enumerated() {
      photos[try unsafe text(labels[index], "label \(index)"), default: []].append(picture)
    }
    let lesson = try model.teach(photos, to: output)
    unsafe right?.pointee = lesson.right
    unsafe heldOut?.pointee = lesson.heldOut
  }
}

/// See mmrl.h.
@_cdecl("mmrl_teach_folder")
public func mmrlTeachFolder(
  _ model: OpaquePointer?, _ folder: UnsafePointer<CChar>?, _ output: UnsafePointer<CChar>?,
  _ right: UnsafeMutablePointer<Int>?, _ heldOut: UnsafeMutablePointer<Int>?
) -> mmrl_status {
  status { () throws(MMRLError) in
    let model = try unsafe needed(model, ModelHandle.self, "model").model
    let folder = PathName(try unsafe bytes(folder, "folder"))
    let lesson = try model.teach(photosIn: folder, to: try unsafe text(output, "output"))
    unsafe right?.pointee = lesson.right
    unsafe heldOut?.pointee = lesson.heldOut
  }
}
