// Package private makes files and directories that only the user of this process
// can read, and tells whether others can.
package private

import (
	"fmt"
	"io/fs"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Create makes a file that only its owner can read. There must be none.
func Create(path string) (*os.File, error) {
	descriptor, err := forOwner("")
	if err != nil {
		return nil, err
	}
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	attributes := windows.SecurityAttributes{SecurityDescriptor: descriptor}
	attributes.Length = uint32(unsafe.Sizeof(attributes))
	handle, err := windows.CreateFile(name, windows.GENERIC_WRITE, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE,
		&attributes, windows.CREATE_NEW, windows.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(handle), path), nil
}

// Close keeps others out of a directory, and out of what is made in it.
func Close(directory string) error {
	descriptor, err := forOwner("OICI")
	if err != nil {
		return err
	}
	list, _, err := descriptor.DACL()
	if err != nil {
		return err
	}
	return windows.SetNamedSecurityInfo(directory, windows.SE_FILE_OBJECT,
		windows.DACL_SECURITY_INFORMATION|windows.PROTECTED_DACL_SECURITY_INFORMATION, nil, nil, list, nil)
}

// forOwner is a list of access rights that inherits none and has one entry, with
// those flags: the user of this process may do all.
//
// https://learn.microsoft.com/windows/win32/secauthz/ace-strings
func forOwner(flags string) (*windows.SECURITY_DESCRIPTOR, error) {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return nil, fmt.Errorf("finding out which user this is: %w", err)
	}
	return windows.SecurityDescriptorFromString(fmt.Sprintf("O:%sD:P(A;%s;FA;;;%[1]s)", user.User.Sid, flags))
}

// IsOwn reports whether a file belongs to the user of this process, or to those who
// may do everything on this machine: what an administrator makes is theirs. What
// somebody else put there must not be trusted.
func IsOwn(path string, _ fs.FileInfo) bool {
	descriptor, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return false
	}
	owner, _, err := descriptor.Owner()
	return err == nil && isTrusted(owner)
}

// IsClosed reports whether nobody but its owner, and those who may do everything on
// this machine, may do anything with a file.
func IsClosed(path string, _ fs.FileInfo) bool {
	descriptor, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return false
	}
	list, _, err := descriptor.DACL()
	if err != nil || list == nil { // without a list everybody may do everything
		return false
	}
	for i := range list.AceCount {
		var entry *windows.ACCESS_ALLOWED_ACE
		if windows.GetAce(list, uint32(i), &entry) != nil {
			return false
		}
		denies := entry.Header.AceType == windows.ACCESS_DENIED_ACE_TYPE
		if !denies && !isTrusted((*windows.SID)(unsafe.Pointer(&entry.SidStart))) {
			return false
		}
	}
	return true
}

// isTrusted reports whether it is the user of this process, the system, or an
// administrator.
func isTrusted(sid *windows.SID) bool {
	if sid == nil {
		return false
	}
	if sid.IsWellKnown(windows.WinLocalSystemSid) || sid.IsWellKnown(windows.WinBuiltinAdministratorsSid) {
		return true
	}
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	return err == nil && sid.Equals(user.User.Sid)
}
