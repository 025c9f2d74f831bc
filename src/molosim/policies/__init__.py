"""Who collects what when: the policy seam and the policies that ship."""
