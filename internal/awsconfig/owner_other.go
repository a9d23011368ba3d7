//go:build !unix

package awsconfig

import (
	"io/fs"
	"os"
)

// keepOwner has nothing to do where owners are not numbers: the directory's
// access control list is inherited.
func keepOwner(*os.File, fs.FileInfo) bool { return true }
