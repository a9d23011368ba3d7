// Package engine drives the real Pulumi engine on one machine: it finds or
// builds the Pulumi CLI ([EnsureCLI]) and runs one stack of a project with an
// inline program through Pulumi's Automation API ([Open]).
//
// Nothing outside [Options.Dir] is written, and nothing of the caller's
// environment but a short list of harmless variables reaches the CLI, so that
// neither a test nor the sandbox can touch a real account or a real backend.
package engine
