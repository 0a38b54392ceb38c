internal import Basics
public import CMMRL
internal import MMRL

/// See mmrl.h.
@_cdecl("mmrl_pictures_create")
public func mmrlPicturesCreate() -> OpaquePointer? { unsafe handle(PicturesHandle()) }

/// See mmrl.h.
@_cdecl("mmrl_pictures_destroy")
public func mmrlPicturesDestroy(_ pictures: OpaquePointer?) {
  unsafe release(pictures, PicturesHandle.self)
}

/// See mmrl.h.
@_cdecl("mmrl_pictures_count")
public func mmrlPicturesCount(_ pictures: OpaquePointer?) -> Int {
  unsafe object(pictures, PicturesHandle.self)?.pictures.count ?? 0
}

/// See mmrl.h.
@_cdecl("mmrl_pictures_add_path")
public func mmrlPicturesAddPath(
  _ pictures: OpaquePointer?, _ path: UnsafePointer<CChar>?
) -> mmrl_status {
  status { () throws(MMRLError) in
    let handle = try unsafe needed(pictures, PicturesHandle.self, "pictures")
    handle.pictures.append(Picture(path: PathName(try unsafe bytes(path, "path"))))
  }
}

/// See mmrl.h.
@_cdecl("mmrl_pictures_add_file")
public func mmrlPicturesAddFile(
  _ pictures: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ count: Int
) -> mmrl_status {
  status { () throws(MMRLError) in
    let handle = try unsafe needed(pictures, PicturesHandle.self, "pictures")
    guard unsafe bytes != nil || count == 0 else { throw .null("bytes") }
    guard count >= 0 else { throw .argument("more bytes than memory has") }
    unsafe handle.pictures.append(
      Picture(lentFile: UnsafeRawBufferPointer(start: bytes, count: count)))
  }
}

/// See mmrl.h.
@_cdecl("mmrl_pictures_add_pixels")
public func mmrlPicturesAddPixels(
  _ pictures: OpaquePointer?, _ pixels: UnsafePointer<UInt8>?, _ width: Int, _ height: Int,
  _ stride: Int
) -> mmrl_status {
  status { () throws(MMRLError) in
    let handle = try unsafe needed(pictures, PicturesHandle.self, "pictures")
    guard let pixels = unsafe pixels else { throw .null("pixels") }
    handle.pictures.append(
      try unsafe Picture(
        lentPixels: UnsafeRawPointer(pixels), stride: stride, width: width, height: height))
  }
}

/// See mmrl.h.
@_cdecl("mmrl_features")
public func mmrlFeatures(
  _ model: OpaquePointer?, _ pictures: OpaquePointer?, _ features: UnsafeMutablePointer<Float>?,
  _ count: Int
) -> mmrl_status {
  status { () throws(MMRLError) in
    let model = try unsafe needed(model, ModelHandle.self, "model").model
    let pictures = try unsafe needed(pictures, PicturesHandle.self, "pictures").pictures
    let needed = pictures.count * model.featureCount
    guard count == needed else {
      throw .argument("room for \(count) numbers: the features are \(needed)")
    }
    guard unsafe features != nil || count == 0 else { throw .null("features") }
    for (row, result) in model.features(of: pictures).enumerated() {
      for (column, value) in try result.get().enumerated() {
        unsafe features?[row * model.featureCount + column] = value
      }
    }
  }
}
