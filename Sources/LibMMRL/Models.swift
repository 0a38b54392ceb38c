internal import Basics
public import CMMRL
internal import MMRL

// The functions of Sources/CMMRL/mmrl.h, which says what they do, in its order.

private let version = CText(Release.version)

/// See mmrl.h.
@_cdecl("mmrl_version")
public func mmrlVersion() -> UnsafePointer<CChar> { unsafe UnsafePointer(version.start) }

/// See mmrl.h.
@_cdecl("mmrl_message")
public func mmrlMessage() -> UnsafePointer<CChar> { unsafe Message.last }

/// See mmrl.h.
@_cdecl("mmrl_options_create")
public func mmrlOptionsCreate() -> OpaquePointer? { unsafe handle(OptionsHandle()) }

/// See mmrl.h.
@_cdecl("mmrl_options_destroy")
public func mmrlOptionsDestroy(_ options: OpaquePointer?) {
  unsafe release(options, OptionsHandle.self)
}

/// See mmrl.h.
@_cdecl("mmrl_options_set_threads")
public func mmrlOptionsSetThreads(_ options: OpaquePointer?, _ threads: CInt) -> mmrl_status {
  status { () throws(MMRLError) in
    let handle = try unsafe needed(options, OptionsHandle.self, "options")
    guard (1...256).contains(threads) else {
      throw .argument("\(threads) threads: the number must be 1...256")
    }
    handle.options.threads = Int(threads)
  }
}

/// See mmrl.h.
@_cdecl("mmrl_options_add_label")
public func mmrlOptionsAddLabel(
  _ options: OpaquePointer?, _ name: UnsafePointer<CChar>?
) -> mmrl_status {
  status { () throws(MMRLError) in
    let handle = try unsafe needed(options, OptionsHandle.self, "options")
    handle.options.labels.append(try unsafe text(name, "name"))
  }
}

/// See mmrl.h.
@_cdecl("mmrl_options_set_unknown_rate")
public func mmrlOptionsSetUnknownRate(
  _ options: OpaquePointer?, _ rate: CDouble
) -> mmrl_status {
  status { () throws(MMRLError) in
    let handle = try unsafe needed(options, OptionsHandle.self, "options")
    guard rate >= 0, rate < 1 else {
      throw .argument("an unknown rate of \(rate): it is at least 0 and below 1")
    }
    handle.options.unknownRate = rate
  }
}

/// See mmrl.h.
@_cdecl("mmrl_options_set_full_decode")
public func mmrlOptionsSetFullDecode(_ options: OpaquePointer?, _ full: CInt) -> mmrl_status {
  status { () throws(MMRLError) in
    try unsafe needed(options, OptionsHandle.self, "options").options.decodesInFull = full != 0
  }
}

/// See mmrl.h.
@_cdecl("mmrl_model_open")
public func mmrlModelOpen(
  _ path: UnsafePointer<CChar>?, _ options: OpaquePointer?,
  _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> mmrl_status {
  unsafe model?.pointee = nil
  return status { () throws(MMRLError) in
    guard let place = unsafe model else { throw .null("model") }
    let path = String(decoding: try unsafe bytes(path, "path"), as: UTF8.self)
    let options = unsafe object(options, OptionsHandle.self)?.options ?? Options()
    let model = ModelHandle(try Model(path: path, options: options))
    unsafe place.pointee = unsafe handle(model)
  }
}

/// See mmrl.h.
@_cdecl("mmrl_model_close")
public func mmrlModelClose(_ model: OpaquePointer?) { unsafe release(model, ModelHandle.self) }

/// See mmrl.h.
@_cdecl("mmrl_model_label_count")
public func mmrlModelLabelCount(_ model: OpaquePointer?) -> Int {
  unsafe object(model, ModelHandle.self)?.labels.count ?? 0
}

/// See mmrl.h.
@_cdecl("mmrl_model_label")
public func mmrlModelLabel(_ model: OpaquePointer?, _ index: Int) -> UnsafePointer<CChar>? {
  unsafe object(model, ModelHandle.self)?.labels.at(index).map { unsafe UnsafePointer($0.start) }
}

/// See mmrl.h.
@_cdecl("mmrl_model_label_set")
public func mmrlModelLabelSet(_ model: OpaquePointer?, _ index: Int) -> mmrl_set {
  unsafe object(model, ModelHandle.self)?.model.labels.at(index)?.set.value ?? MMRL_NO_SET
}

/// See mmrl.h.
@_cdecl("mmrl_model_feature_count")
public func mmrlModelFeatureCount(_ model: OpaquePointer?) -> Int {
  unsafe object(model, ModelHandle.self)?.model.featureCount ?? 0
}

/// See mmrl.h.
@_cdecl("mmrl_model_warning")
public func mmrlModelWarning(_ model: OpaquePointer?, _ index: Int) -> UnsafePointer<CChar>? {
  unsafe object(model, ModelHandle.self)?.warnings.at(index).map { unsafe UnsafePointer($0.start) }
}

extension LabelSet {
  /// Of the header.
  var value: mmrl_set { self == .known ? MMRL_KNOWN : MMRL_NOVEL }
}
