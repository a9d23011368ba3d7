package mfadevice

import (
	"fmt"
	"io"
	"net/url"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Seed is the secret of a virtual device. Its text is given by [Seed.Reveal]
// alone: printed, logged or put into an error by accident, it is no secret.
type Seed struct{ base32 string }

// Reveal gives the seed in Base32, as authenticator apps take it.
func (s Seed) Reveal() string { return s.base32 }

// Format keeps the seed out of everything that fmt prints.
func (Seed) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, "(a secret)") }

// uriIssuer is the name that authenticator apps show with the entry.
const uriIssuer = "AWS"

// URI is what the QR code says. AWS's own image has the issuer Amazon Web
// Services, twice; with the short one the code fits into a terminal of 24 lines.
//
// https://github.com/google/google-authenticator/wiki/Key-Uri-Format
func (s Seed) URI(account policy.Account, userName string) string {
	return "otpauth://totp/" + uriIssuer + ":" + url.PathEscape(userName) + "@" + account.ID +
		"?secret=" + url.QueryEscape(s.base32) + "&issuer=" + uriIssuer
}
