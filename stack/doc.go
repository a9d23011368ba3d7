// Package stack says what a stack is, in plain values: its configuration and all
// that is wrong with it ([Parse]), what the configuration comes to in an account
// ([Plan]: names, ARNs, documents, who is trusted), and the contract that
// onboarding reads ([Outputs]). It knows neither Pulumi nor an AWS SDK.
package stack
