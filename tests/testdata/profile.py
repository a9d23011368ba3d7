# What botocore, which boto3 is made of, reads of a profile: run by
# people_test.go with the name of the profile.
import json
import sys

import botocore.session

session = botocore.session.Session(profile=sys.argv[1])
profile = session.get_scoped_config()
print(json.dumps({key: profile[key] for key in sorted(profile)}))
print(session.get_config_variable("region"))
