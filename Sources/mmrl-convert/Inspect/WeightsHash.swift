import CLIPModel

/// SHA-256 over names and float32 values.
func weightsHash(_ names: [String], _ values: (String) throws -> [Float]) throws -> String {
  var digest = SHA256()
  for name in names.sorted() {
    digest.update(name)
    digest.update(try values(name))
  }
  return digest.hexadecimal()
}
