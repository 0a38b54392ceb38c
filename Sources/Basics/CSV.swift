/// Comma-separated values as RFC 4180 defines them.
public enum CSV {
  /// A row of cells, its line end (CR LF) included.
  public static func row(_ cells: [String]) -> String {
    cells.map(quoted).joined(separator: ",") + "\r\n"
  }

  /// A cell, in quotes only where it must be.
  private static func quoted(_ cell: String) -> String {
    let special: Set<Unicode.Scalar> = [",", "\"", "\n", "\r"]
    guard cell.unicodeScalars.contains(where: special.contains) else { return cell }
    let parts = cell.split(separator: "\"", omittingEmptySubsequences: false)
    return "\"" + parts.joined(separator: "\"\"") + "\""
  }
}
