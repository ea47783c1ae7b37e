# Makes a program of a README: the block that begins with a tools version is its manifest, every other one a scope of its own in main.swift.
# What prints say stands behind them; it goes to `expected`.
/^```swift$/ { code = 1; first = 1; next }
/^```$/ && code { if (!manifest) print "}" > main; code = manifest = 0; next }
code && first {
    first = 0
    main = folder "/Sources/Notes/main.swift"
    manifest = /^\/\/ swift-tools-version/
    if (!manifest) { print (blocks ? "" : "import ConvergeDB\nimport Foundation\n") "\ndo {" > main; blocks++ }
}
code && manifest { print > (folder "/Package.swift"); next }
code && /^import / { next }
code {
    print "    " $0 > main
    if ((at = index($0, "  // ")) && $0 ~ /print\(.*\) +\/\/ /) { sub(/^.*print\(.*\) +\/\/ /, ""); print > (folder "/expected") }
}
END { print blocks + 0 > (folder "/blocks") }
