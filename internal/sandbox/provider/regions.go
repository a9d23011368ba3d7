package provider

import "strings"

// partition is a part of AWS that shares nothing with the others
// (https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html).
type partition struct {
	id               string
	regionPrefix     string
	dnsSuffix        string
	reverseDNSPrefix string
}

// partitions have the suffixes that the real provider reports, in the order in which their prefixes have to be tried.
func partitions() []partition {
	return []partition{
		{"aws-cn", "cn-", "amazonaws.com.cn", "cn.com.amazonaws"},
		{"aws-us-gov", "us-gov-", "amazonaws.com", "com.amazonaws"},
		{"aws-iso-b", "us-isob-", "sc2s.sgov.gov", "gov.sgov.sc2s"},
		{"aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "uk.adc-e.cloud"},
		{"aws-iso-f", "us-isof-", "csp.hci.ic.gov", "gov.ic.hci.csp"},
		{"aws-iso", "us-iso-", "c2s.ic.gov", "gov.ic.c2s"},
		{"aws-eusc", "eusc-", "amazonaws.eu", "eu.amazonaws"},
		{"aws", "", "amazonaws.com", "com.amazonaws"},
	}
}

func partitionOf(region string) partition {
	all := partitions()
	for _, p := range all {
		if strings.HasPrefix(region, p.regionPrefix) {
			return p
		}
	}
	return all[len(all)-1]
}

// endpointOf is the EC2 endpoint, by which the getRegion function knows a region.
func endpointOf(region string) string { return "ec2." + region + "." + partitionOf(region).dnsSuffix }

func regionOfEndpoint(endpoint string) (string, bool) {
	rest, ok := strings.CutPrefix(endpoint, "ec2.")
	if !ok {
		return "", false
	}
	region, _, _ := strings.Cut(rest, ".")
	return region, endpointOf(region) == endpoint
}

// regionDescriptions are the names of the regions
// (https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html).
func regionDescriptions() map[string]string {
	return map[string]string{
		"af-south-1":     "Africa (Cape Town)",
		"ap-east-1":      "Asia Pacific (Hong Kong)",
		"ap-northeast-1": "Asia Pacific (Tokyo)",
		"ap-northeast-2": "Asia Pacific (Seoul)",
		"ap-northeast-3": "Asia Pacific (Osaka)",
		"ap-south-1":     "Asia Pacific (Mumbai)",
		"ap-south-2":     "Asia Pacific (Hyderabad)",
		"ap-southeast-1": "Asia Pacific (Singapore)",
		"ap-southeast-2": "Asia Pacific (Sydney)",
		"ap-southeast-3": "Asia Pacific (Jakarta)",
		"ap-southeast-4": "Asia Pacific (Melbourne)",
		"ap-southeast-5": "Asia Pacific (Malaysia)",
		"ap-southeast-7": "Asia Pacific (Thailand)",
		"ca-central-1":   "Canada (Central)",
		"ca-west-1":      "Canada West (Calgary)",
		"cn-north-1":     "China (Beijing)",
		"cn-northwest-1": "China (Ningxia)",
		"eu-central-1":   "Europe (Frankfurt)",
		"eu-central-2":   "Europe (Zurich)",
		"eu-north-1":     "Europe (Stockholm)",
		"eu-south-1":     "Europe (Milan)",
		"eu-south-2":     "Europe (Spain)",
		"eu-west-1":      "Europe (Ireland)",
		"eu-west-2":      "Europe (London)",
		"eu-west-3":      "Europe (Paris)",
		"il-central-1":   "Israel (Tel Aviv)",
		"me-central-1":   "Middle East (UAE)",
		"me-south-1":     "Middle East (Bahrain)",
		"mx-central-1":   "Mexico (Central)",
		"sa-east-1":      "South America (Sao Paulo)",
		"us-east-1":      "US East (N. Virginia)",
		"us-east-2":      "US East (Ohio)",
		"us-gov-east-1":  "AWS GovCloud (US-East)",
		"us-gov-west-1":  "AWS GovCloud (US-West)",
		"us-west-1":      "US West (N. California)",
		"us-west-2":      "US West (Oregon)",
	}
}
