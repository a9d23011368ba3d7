package audit

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// idleAfter is how long an active key goes unused before it is reported, and
// oldAfter how long it goes used: those of AWS's own checks.
//
// https://docs.aws.amazon.com/config/latest/developerguide/iam-user-unused-credentials-check.html
// https://docs.aws.amazon.com/config/latest/developerguide/access-keys-rotated.html
const (
	idleAfter = 90 * day
	oldAfter  = 90 * day
)

const day = 24 * time.Hour

func days(d time.Duration) int { return int(d / day) }

func (j *judge) user(facts userFacts) {
	report := UserReport{
		Name: facts.Name, ARN: facts.ARN, Groups: facts.Groups,
		Devices: []DeviceReport{}, AccessKeys: []AccessKeyReport{},
		Verdict: verdictOf(facts), HalfMadeDevice: j.halfMadeOf(facts.ARN, facts.Name),
		NoRole: j.noRole(facts), Denied: len(j.denied(facts)) > 0,
	}
	if j.cutOff(facts) {
		j.noWayIn(facts)
		if report.Verdict != VerdictLockedOut {
			report.Verdict = VerdictCutOff
		}
	}
	for _, device := range facts.Devices {
		report.Devices = append(report.Devices, DeviceReport{device, device.Usable()})
	}
	for _, key := range facts.AccessKeys {
		key.AgeDays = days(j.now.Sub(key.CreateDate))
		report.AccessKeys = append(report.AccessKeys, key)
	}
	switch report.Verdict {
	case VerdictLockedOut:
		closedBy := j.enrolmentClosedBy(facts)
		report.CanEnrol = closedBy == "" && j.canEnrol(report)
		j.report.LockedOut = append(j.report.LockedOut, facts.Name)
		j.lockedOut(report, closedBy)
	case VerdictCutOff:
		j.report.LockedOut = append(j.report.LockedOut, facts.Name)
	case VerdictDeleted:
		j.find(Finding{Kind: KindDeletedMeanwhile, User: facts.Name, Remedy: "Nothing needs to be done."},
			"%s was deleted while the audit ran.", facts.Name)
	case VerdictOK, VerdictNoAccessKey, VerdictUnknown:
	}
	j.unserved(report)
	j.elsewhere(facts)
	j.severalDevices(report)
	for _, key := range report.AccessKeys {
		if !j.idleKey(facts.Name, key) {
			j.oldKey(facts.Name, key)
		}
	}
	j.report.Users = append(j.report.Users, report)
}

// verdictOf takes what could not be read for unknown, unless what could be read
// decides.
func verdictOf(facts userFacts) Verdict {
	usable := slices.ContainsFunc(facts.Devices, mfadevice.Device.Usable)
	active := slices.ContainsFunc(facts.AccessKeys, func(k AccessKeyReport) bool { return k.Active })
	switch {
	case facts.Deleted:
		return VerdictDeleted
	case usable:
		return VerdictOK
	case !active && !facts.KeysUnread:
		return VerdictNoAccessKey
	case facts.DevicesUnread || facts.KeysUnread:
		return VerdictUnknown
	default:
		return VerdictLockedOut
	}
}

// halfMadeOf is the device of the name that awsmfa enrol uses, if it was created
// and never enabled: whoever has no MFA may neither delete it nor create it again,
// and can enable it only with the seed that was shown once. IAM takes names that
// differ only in case for one.
func (j *judge) halfMadeOf(userARN, userName string) string {
	parsed, err := policy.ParseIAMARN(userARN)
	if err != nil {
		return ""
	}
	serial := policy.Account{Partition: parsed.Partition, ID: parsed.Account}.VirtualMFADeviceARN(userName)
	for _, device := range j.facts.HalfMade {
		if strings.EqualFold(device, serial) {
			return device
		}
	}
	return ""
}

func (j *judge) canEnrol(user UserReport) bool {
	return j.subject.Enrolment != policy.AdminEnrolment && user.HalfMadeDevice == "" && len(user.Devices) == 0
}

func (j *judge) lockedOut(user UserReport, enrolmentClosedBy string) {
	has := "no MFA device"
	if len(user.Devices) > 0 {
		has = "only a security key for MFA, which the AWS CLI cannot use"
	}
	if user.HalfMadeDevice != "" {
		has += ", and a virtual device that was created and never enabled"
	}
	when := "would be locked out by enforce: true"
	if user.Denied {
		when = "is locked out"
	}
	remedy := j.remedy(user, enrolmentClosedBy) + deactivateUnused(user, j.now)
	j.find(Finding{Kind: KindLockedOut, User: user.Name, Remedy: remedy},
		"%s %s: an active access key, and %s.", user.Name, when, has)
}

func (j *judge) remedy(user UserReport, enrolmentClosedBy string) string {
	together := "run awsmfa enrol --user " + user.Name + " together with " + user.Name
	var remedy string
	switch {
	case j.subject.Enrolment == policy.AdminEnrolment:
		remedy = "As an administrator, " + together + ": with enrolment admin nobody enrols on their own."
	case enrolmentClosedBy != "":
		remedy = "As an administrator, " + together + ": stack " + enrolmentClosedBy +
			" lets them enrol nothing on their own."
	case len(user.Devices) > 0:
		// AWS lets a user who has a device add another only when signed in with it:
		// https://aws.amazon.com/security/security-bulletins/AWS-2023-001/
		remedy = "Have " + user.Name + " sign in to the console with the security key and add an authenticator app, " +
			"or as an administrator " + together + "."
	default:
		remedy = "Have " + user.Name + " run awsmfa enrol."
	}
	if user.HalfMadeDevice != "" {
		remedy += " If their authenticator app does not have that device, run awsmfa reset-device " + user.Name + " first."
	}
	return remedy
}

// deactivateUnused is the other remedy, for keys that nobody uses.
func deactivateUnused(user UserReport, now time.Time) string {
	for _, key := range user.AccessKeys {
		if key.Active && !key.UseUnread && (key.LastUse == nil || now.Sub(key.LastUse.Date) >= idleAfter) {
			return " Or deactivate the access key, if it is not needed: " + deactivate(user.Name, key.AccessKeyID) + "."
		}
	}
	return ""
}

func deactivate(userName, accessKeyID string) string {
	return "aws iam update-access-key --user-name " + userName + " --access-key-id " + accessKeyID + " --status Inactive"
}

func (j *judge) severalDevices(user UserReport) {
	var usable []string
	for _, device := range user.Devices {
		if device.CLIUsable {
			usable = append(usable, device.SerialNumber)
		}
	}
	if len(usable) > 1 {
		j.find(Finding{
			Kind: KindSeveralDevices, User: user.Name,
			Remedy: "awsmfa onboard asks which one to write into the profiles.",
		}, "%s has %d MFA devices that the CLI can use: %s.", user.Name, len(usable), strings.Join(usable, ", "))
	}
}

// idleKey reports a key that nobody uses, and whether it is one.
func (j *judge) idleKey(userName string, key AccessKeyReport) bool {
	if !key.Active || key.UseUnread || j.now.Sub(key.CreateDate) < idleAfter {
		return false
	}
	since := "has never been used"
	if key.LastUse != nil {
		idle := j.now.Sub(key.LastUse.Date)
		if idle < idleAfter {
			return false
		}
		since = fmt.Sprintf("was last used %d days ago", days(idle))
	}
	j.find(Finding{
		Kind: KindIdleKey, User: userName,
		Remedy: "Deactivate it if it is not needed: " + deactivate(userName, key.AccessKeyID) + ".",
	}, "The access key %s of %s is %d days old and %s.", key.AccessKeyID, userName, key.AgeDays, since)
	return true
}

func (j *judge) oldKey(userName string, key AccessKeyReport) {
	if !key.Active || j.now.Sub(key.CreateDate) < oldAfter {
		return
	}
	themselves := "Have " + userName + " run awsmfa rotate."
	if !j.subject.SelfServiceAccessKeys {
		themselves = "With selfServiceAccessKeys: true in the stack, " + userName + " can run awsmfa rotate."
	}
	j.find(Finding{
		Kind: KindOldKey, User: userName,
		Remedy: fmt.Sprintf("%[1]s Or do it for them: aws iam create-access-key --user-name %[2]s, and when the new key is "+
			"in use, aws iam delete-access-key --user-name %[2]s --access-key-id %[3]s.", themselves, userName, key.AccessKeyID),
	}, "The access key %s of %s is %d days old.", key.AccessKeyID, userName, key.AgeDays)
}
