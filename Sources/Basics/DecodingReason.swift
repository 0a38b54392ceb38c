extension DecodingError {
  /// Where in a file a decoder stopped, and why, in a line.
  public static func reason(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    switch error {
    case .keyNotFound(let key, let context):
      return place(context) + "no field \"\(key.stringValue)\""
    case .dataCorrupted(let context)
    where context.codingPath.isEmpty && context.underlyingError == nil:
      // What Foundation says of anything that is not JSON.
      return context.debugDescription.contains("JSON") ? "not valid JSON" : context.debugDescription
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      return place(context) + context.debugDescription
    @unknown default: return "\(error)"
    }
  }

  private static func place(_ context: Context) -> String {
    guard !context.codingPath.isEmpty else { return "" }
    let names = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
    return names.joined(separator: ".") + ": "
  }
}
