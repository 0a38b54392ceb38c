/// Which release the programs are of: the one place that says so, for packages, too.
public enum Release {
  /// Major, minor and patch number.
  public static let version = "0.2.0"
}
