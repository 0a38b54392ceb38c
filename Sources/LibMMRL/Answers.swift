public import CMMRL
internal import MMRL

/// See mmrl.h.
@_cdecl("mmrl_classify")
public func mmrlClassify(
  _ model: OpaquePointer?, _ pictures: OpaquePointer?, _ top: Int,
  _ answers: UnsafeMutablePointer<OpaquePointer?>?
) -> mmrl_status {
  unsafe answers?.pointee = nil
  return status { () throws(MMRLError) in
    let model = try unsafe needed(model, ModelHandle.self, "model").model
    let pictures = try unsafe needed(pictures, PicturesHandle.self, "pictures").pictures
    guard let place = unsafe answers else { throw .null("answers") }
    let results = try model.classify(pictures, top: top)
    unsafe place.pointee = unsafe handle(AnswersHandle(results))
  }
}

/// See mmrl.h.
@_cdecl("mmrl_answers_destroy")
public func mmrlAnswersDestroy(_ answers: OpaquePointer?) {
  unsafe release(answers, AnswersHandle.self)
}

/// See mmrl.h.
@_cdecl("mmrl_answers_count")
public func mmrlAnswersCount(_ answers: OpaquePointer?) -> Int {
  unsafe object(answers, AnswersHandle.self)?.entries.count ?? 0
}

/// See mmrl.h.
@_cdecl("mmrl_answers_status")
public func mmrlAnswersStatus(_ answers: OpaquePointer?, _ picture: Int) -> mmrl_status {
  switch unsafe entry(answers, picture)?.result {
  case .success: MMRL_OK
  case .failure(let error): error.kind.status
  case nil: MMRL_ARGUMENT
  }
}

/// See mmrl.h.
@_cdecl("mmrl_answers_message")
public func mmrlAnswersMessage(
  _ answers: OpaquePointer?, _ picture: Int
) -> UnsafePointer<CChar>? {
  unsafe entry(answers, picture)?.message.map { unsafe UnsafePointer($0.start) }
}

/// See mmrl.h.
@_cdecl("mmrl_answers_is_unknown")
public func mmrlAnswersIsUnknown(_ answers: OpaquePointer?, _ picture: Int) -> CInt {
  unsafe answer(answers, picture)?.isUnknown ?? false ? 1 : 0
}

/// See mmrl.h.
@_cdecl("mmrl_answers_unknown_score")
public func mmrlAnswersUnknownScore(_ answers: OpaquePointer?, _ picture: Int) -> Float {
  unsafe answer(answers, picture)?.unknownScore ?? .nan
}

/// See mmrl.h.
@_cdecl("mmrl_answers_label_count")
public func mmrlAnswersLabelCount(_ answers: OpaquePointer?, _ picture: Int) -> Int {
  unsafe answer(answers, picture)?.labels.count ?? 0
}

/// See mmrl.h.
@_cdecl("mmrl_answers_label")
public func mmrlAnswersLabel(
  _ answers: OpaquePointer?, _ picture: Int, _ rank: Int
) -> UnsafePointer<CChar>? {
  unsafe entry(answers, picture)?.labels.at(rank).map { unsafe UnsafePointer($0.start) }
}

/// See mmrl.h.
@_cdecl("mmrl_answers_score")
public func mmrlAnswersScore(_ answers: OpaquePointer?, _ picture: Int, _ rank: Int) -> Float {
  unsafe answer(answers, picture)?.labels.at(rank)?.score ?? .nan
}

/// See mmrl.h.
@_cdecl("mmrl_answers_logit")
public func mmrlAnswersLogit(_ answers: OpaquePointer?, _ picture: Int, _ rank: Int) -> Float {
  unsafe answer(answers, picture)?.labels.at(rank)?.logit ?? .nan
}

/// See mmrl.h.
@_cdecl("mmrl_answers_set")
public func mmrlAnswersSet(_ answers: OpaquePointer?, _ picture: Int, _ rank: Int) -> mmrl_set {
  unsafe answer(answers, picture)?.labels.at(rank)?.set.value ?? MMRL_NO_SET
}

/// See mmrl.h.
@_cdecl("mmrl_answers_head")
public func mmrlAnswersHead(_ answers: OpaquePointer?, _ picture: Int, _ rank: Int) -> mmrl_head {
  switch unsafe answer(answers, picture)?.labels.at(rank)?.head {
  case .fusion: MMRL_FUSION
  case .class: MMRL_CLASS
  case nil: MMRL_NO_HEAD
  }
}

/// See mmrl.h.
@_cdecl("mmrl_answers_warning")
public func mmrlAnswersWarning(
  _ answers: OpaquePointer?, _ picture: Int, _ index: Int
) -> UnsafePointer<CChar>? {
  unsafe entry(answers, picture)?.warnings.at(index).map { unsafe UnsafePointer($0.start) }
}

private func entry(_ answers: OpaquePointer?, _ picture: Int) -> AnswersHandle.Entry? {
  unsafe object(answers, AnswersHandle.self)?.entries.at(picture)
}

private func answer(_ answers: OpaquePointer?, _ picture: Int) -> Answer? {
  unsafe object(answers, AnswersHandle.self)?.answer(picture)
}
