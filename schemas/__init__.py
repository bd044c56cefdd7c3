"""What comes in and goes out, checked at the border: policy documents, requests, answers and exports."""
