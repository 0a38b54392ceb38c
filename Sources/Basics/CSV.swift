/// Comma-separated values as RFC 4180 defines them.
public enum CSV {
  /// A row of cells, its line end (CR LF) included.
  public static func row(_ cells: [String]) -> String {
    cells.map(quoted).joined(separator: ",") + "\r\n"
  }

  /// A cell of text from elsewhere, which no spreadsheet may run as a formula.
  ///
  /// As is the custom (OWASP's "CSV injection"), an apostrophe goes before `=`, `+`, `-`, `@`, tab, line ends, and what
  /// stands for those signs in East Asian text; here also before an apostrophe, so that who reads it back takes one away
  /// wherever one begins a cell. Cells that are numbers must not be given: they stay as they are.
  public static func text(_ text: String) -> String {
    let dangerous: Set<Unicode.Scalar> = [
      "=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'",
    ]
    guard let first = text.unicodeScalars.first, dangerous.contains(first) else { return text }
    return "'" + text
  }

  /// A cell, in quotes only where it must be, whichever of the usual separators a spreadsheet expects.
  private static func quoted(_ cell: String) -> String {
    let special: Set<Unicode.Scalar> = [",", ";", "\"", "\n", "\r", "\t"]
    guard cell.unicodeScalars.contains(where: special.contains) else { return cell }
    let parts = cell.split(separator: "\"", omittingEmptySubsequences: false)
    return "\"" + parts.joined(separator: "\"\"") + "\""
  }
}
