mod jwks;
mod token;
